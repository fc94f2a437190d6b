/** go-ethereum's `flatCallTracer`: a transaction's frames as a list, as Parity had them. */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { type CallNode, CallTree } from './callTree.ts';
import { REVERTED } from './frameError.ts';
import { defined, quantity, type ResultTracer, type TraceContext } from './namedTracer.ts';

/** What `flatCallTracer` changes or adds. */
export interface FlatCallTracerConfig {
  /** errors in Parity's words */
  readonly convertParityErrors?: boolean;
  /** also calls of precompiles */
  readonly includePrecompiles?: boolean;
}

/** What a frame was to do; its keys depend on the kind. */
export interface FlatCallAction {
  /** the contract that is destroyed */
  readonly address?: Address;
  /** wei that it had */
  readonly balance?: Hex;
  readonly callType?: 'call' | 'callcode' | 'delegatecall' | 'staticcall';
  readonly creationMethod?: 'create' | 'create2';
  readonly from?: Address;
  readonly gas?: Hex;
  readonly init?: Hex;
  readonly input?: Hex;
  readonly refundAddress?: Address;
  readonly to?: Address;
  readonly value?: Hex;
}

/** What a frame came to. */
export interface FlatCallResult {
  readonly address?: Address;
  readonly code?: Hex;
  readonly gasUsed?: Hex;
  readonly output?: Hex;
}

/** A frame as `flatCallTracer` prints it. */
export interface FlatCallFrame {
  readonly action: FlatCallAction;
  readonly blockHash: Hex | null;
  readonly blockNumber: number;
  readonly error?: string;
  /** absent where it failed otherwise than by a revert */
  readonly result?: FlatCallResult;
  /** how many frames it opened */
  readonly subtraces: number;
  /** which one it is of its parent's, and so on up */
  readonly traceAddress: readonly number[];
  readonly transactionHash: Hex | null;
  readonly transactionPosition: number;
  readonly type: 'call' | 'create' | 'suicide';
}

/** Parity's words for go-ethereum's. */
const PARITY_ERRORS: Readonly<Record<string, string>> = {
  'contract creation code storage out of gas': 'Out of gas',
  'out of gas': 'Out of gas',
  'gas uint64 overflow': 'Out of gas',
  'max code size exceeded': 'Out of gas',
  'invalid jump destination': 'Bad jump destination',
  [REVERTED]: 'Reverted',
  'return data out of bounds': 'Out of bounds',
  'stack limit reached 1024 (1023)': 'Out of stack',
  'precompiled failed': 'Built-in failed',
  'invalid input length': 'Built-in failed',
};

/** The same for errors that begin so. */
const PARITY_BEGINNINGS: readonly (readonly [string, string])[] = [
  ['out of gas:', 'Out of gas'],
  ['invalid opcode:', 'Bad instruction'],
  ['stack underflow', 'Stack underflow'],
];

/** Makes a tracer of frames in a list. */
export function flatCallTracer(
  { convertParityErrors = false, includePrecompiles = false }: FlatCallTracerConfig = {},
  context: TraceContext = {},
): ResultTracer<readonly FlatCallFrame[]> {
  const tree = new CallTree({ onlyTop: false, logs: false });
  let gasUsed = 0n;
  const error = convertParityErrors ? parityError : (text: string) => text;
  const shown = includePrecompiles ? () => true : isNoPrecompile;
  return {
    onTransactionStart: (event) => tree.onTransactionStart(event),
    onTransactionEnd: (event) => {
      gasUsed = event.gasUsed;
    },
    onEnter: (event) => tree.onEnter(event),
    onLeave: (event) => tree.onLeave(event),
    result: () => [...flattened({ ...tree.root, gasUsed }, [], { context, error, shown })],
  };
}

interface Flattening {
  readonly context: TraceContext;
  readonly error: (text: string) => string;
  readonly shown: (node: CallNode) => boolean;
}

function* flattened(node: CallNode, at: readonly number[], how: Flattening): Generator<FlatCallFrame> {
  const calls = node.calls.filter(how.shown);
  const { blockHash, blockNumber, transactionHash, transactionIndex } = how.context;
  const { type, action, result } = parts(node);
  yield defined({
    action,
    blockHash: blockHash ?? null,
    blockNumber: Number(blockNumber ?? 0n),
    error: (node.error && how.error(node.error)) as string,
    // what a revert returned says why
    result: (node.error === undefined || node.error === REVERTED ? result : undefined) as FlatCallResult,
    subtraces: calls.length,
    traceAddress: at,
    transactionHash: transactionHash ?? null,
    transactionPosition: transactionIndex ?? 0,
    type,
  });
  for (const [i, call] of calls.entries()) yield* flattened(call, [...at, i], how);
}

function parts(node: CallNode): {
  readonly type: FlatCallFrame['type'];
  readonly action: FlatCallAction;
  readonly result: FlatCallResult | undefined;
} {
  const { kind, from, to } = node;
  const gasUsed = quantity(node.gasUsed);
  const [gas, value] = [quantity(node.gas), quantity(node.value)];
  const output = toHex(node.output);
  switch (kind) {
    case 'CREATE':
    case 'CREATE2': {
      const creationMethod = kind === 'CREATE' ? 'create' : 'create2';
      const action = { creationMethod, from, gas, init: toHex(node.input), value } as const;
      return { type: 'create', action, result: defined({ address: to as Address, code: output, gasUsed }) };
    }
    case 'SELFDESTRUCT':
      return {
        type: 'suicide',
        action: { address: from, balance: value, refundAddress: to as Address },
        result: undefined,
      };
    default: {
      const callType = kind.toLowerCase() as NonNullable<FlatCallAction['callType']>;
      const action = { callType, from, gas, input: toHex(node.input), to: to as Address, value };
      return { type: 'call', action, result: { gasUsed, output } };
    }
  }
}

/** Parity did not show plain calls of precompiles. */
function isNoPrecompile({ kind, isPrecompile }: CallNode): boolean {
  return !isPrecompile || (kind !== 'CALL' && kind !== 'STATICCALL');
}

function parityError(text: string): string {
  if (Object.hasOwn(PARITY_ERRORS, text)) return PARITY_ERRORS[text];
  return PARITY_BEGINNINGS.find(([beginning]) => text.startsWith(beginning))?.[1] ?? text;
}
