/**
 * go-ethereum's `callTracerLegacy`: frames as they can be told from single steps, the way its first tracer of calls
 * did. It does not see calls of precompiles, nor the gas of calls that run no code.
 */

import { type Address, type Hex, toHex } from '../bytes.ts';
import type { FrameKind, StepEvent, TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { faultText } from './errorText.ts';
import { frameError, REVERTED } from './frameError.ts';
import { addressOfWord, defined, quantity, type ResultTracer } from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** A frame as `callTracerLegacy` prints it. */
export interface LegacyCallFrame {
  readonly type: FrameKind;
  readonly from: Address;
  readonly to?: Address;
  readonly value?: Hex;
  readonly gas?: Hex;
  readonly gasUsed?: Hex;
  readonly input?: Hex;
  readonly output?: Hex;
  readonly error?: string;
  readonly calls?: readonly LegacyCallFrame[];
}

/** What no other words are known for. */
const INTERNAL_FAILURE = 'internal failure';

/** A frame that is open, from the instruction that opened it. */
interface Open {
  readonly kind: FrameKind;
  readonly from: Address;
  to?: Address;
  readonly value?: bigint;
  readonly input: Hex;
  readonly gasIn: bigint;
  readonly gasCost: bigint;
  /** the memory that its output goes to */
  readonly output: readonly [offset: bigint, size: bigint];
  /** what it was given, once it has been seen to run */
  gas?: bigint;
  error?: string | undefined;
  readonly calls: LegacyCallFrame[];
}

/** Makes a tracer of frames, told from steps. */
export function callTracerLegacy(): ResultTracer<LegacyCallFrame> {
  let start!: TransactionStartEvent;
  let open: Open[] = [];
  let isDescending = false;
  let [output, gasUsed, error]: [Hex, bigint, string | undefined] = ['0x', 0n, undefined];

  const top = (): Open => open[open.length - 1];

  /** The frame on top has failed: what it was given is gone. */
  const fail = (reason: string): void => {
    if (top().error !== undefined) return;
    top().error = reason;
    if (open.length === 1) return;
    const { gas, ...failed } = open.pop()!;
    top().calls.push(frameOf(failed, gas, gas, undefined));
  };

  const openedBy = (step: StepEvent, kind: FrameKind): Open | undefined => {
    const operands = OPERANDS[kind as keyof typeof OPERANDS];
    const word = (at: number): bigint => step.peek(at);
    const isCreation = kind === 'CREATE' || kind === 'CREATE2';
    if (!isCreation && start.world.isPrecompile(addressOfWord(word(1)))) return undefined;
    const input = paddedMemory(step.memory, word(operands.input), word(operands.input + 1));
    return defined({
      kind,
      from: step.address,
      to: (isCreation ? undefined : addressOfWord(word(1))) as Address,
      value: (operands.value < 0 ? undefined : word(operands.value)) as bigint,
      input: toHex(input ?? new Uint8Array(0)),
      gasIn: step.gas,
      gasCost: step.gasCost,
      output: (isCreation
        ? [0n, 0n]
        : [word(operands.input + 2), word(operands.input + 3)]) as Open['output'],
      calls: [],
    });
  };

  /** The instruction after a call or a creation shows what became of it. */
  const close = (step: StepEvent): void => {
    const { gas, ...ended } = open.pop()!;
    const result = step.peek(0);
    const left = ended.gasIn - ended.gasCost - step.gas;
    if (result === 0n) ended.error ??= INTERNAL_FAILURE;
    if (ended.kind === 'CREATE' || ended.kind === 'CREATE2') {
      if (result !== 0n) ended.to = addressOfWord(result);
      const code = result === 0n ? undefined : toHex(start.world.code(addressOfWord(result)));
      top().calls.push(frameOf(ended, gas, left, code));
      return;
    }
    const returned = result === 0n ? undefined : paddedMemory(step.memory, ...ended.output);
    const used = gas === undefined ? undefined : left + gas;
    top().calls.push(frameOf(ended, gas, used, returned && toHex(returned)));
  };

  return {
    onTransactionStart(event) {
      start = event;
      const { from, to, isCreation, value, input } = event;
      const kind = isCreation ? 'CREATE' : 'CALL';
      const outermost = { kind, from, to, value, input: toHex(input), gasIn: 0n, gasCost: 0n } as const;
      open = [{ ...outermost, output: [0n, 0n], calls: [] }];
      isDescending = false;
    },
    onStep(step) {
      if (step.fault !== undefined) {
        fail(faultText(step.fault, step.op));
        return;
      }
      const name = OPCODE_AT[step.op]?.name;
      if (name !== undefined && name in OPERANDS) {
        const child = openedBy(step, name as FrameKind);
        if (child === undefined) return;
        open.push(child);
        isDescending = true;
        return;
      }
      if (name === 'SELFDESTRUCT') {
        const [from, to] = [step.address, addressOfWord(step.peek(0))];
        top().calls.push({ type: name, from, to, value: quantity(start.world.balance(from)) });
        return;
      }
      if (isDescending && step.depth >= open.length) top().gas = step.gas;
      isDescending = false;
      if (name === 'REVERT') top().error = REVERTED;
      else if (step.depth === open.length - 1) close(step);
    },
    onFault: (step) => fail(faultText(step.fault!, step.op)),
    onLeave(event) {
      if (event.depth > 0) return;
      output = toHex(event.output);
      error = frameError(start, event, start.fork);
    },
    onTransactionEnd: (event) => {
      gasUsed = event.gasUsed;
    },
    result() {
      const whole = { ...open[0], error: open[0].error ?? error };
      const isShown = whole.error === undefined || (whole.error === REVERTED && output !== '0x');
      return frameOf(whole, start.gasLimit, gasUsed, isShown ? output : undefined);
    },
  };
}

/** Where the stack has what a call or a creation is given; -1: no value. */
const OPERANDS = {
  CREATE: { value: 0, input: 1 },
  CREATE2: { value: 0, input: 1 },
  CALL: { value: 2, input: 3 },
  CALLCODE: { value: 2, input: 3 },
  DELEGATECALL: { value: -1, input: 2 },
  STATICCALL: { value: -1, input: 2 },
} as const;

function frameOf(
  frame: Omit<Open, 'gas'>,
  gas: bigint | undefined,
  gasUsed: bigint | undefined,
  output: Hex | undefined,
): LegacyCallFrame {
  const { kind: type, from, to, value, input, error, calls } = frame;
  const quantityOf = (number: bigint | undefined): Hex =>
    (number === undefined ? undefined : quantity(number)) as Hex;
  return defined({
    type,
    from,
    to: to as Address,
    value: quantityOf(value),
    gas: quantityOf(gas),
    gasUsed: quantityOf(gasUsed),
    input,
    output: output as Hex,
    error: error as string,
    calls: (calls.length === 0 ? undefined : calls) as LegacyCallFrame[],
  });
}
