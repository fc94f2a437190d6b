/** go-ethereum's default tracer: each step with the stack, and with memory and storage where they are asked for. */

import { type Address, EMPTY_BYTES, type Hex, toHex } from '../bytes.ts';
import type { StepEvent, TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_NAMED } from '../protocol/opcodes.ts';
import { faultText, OPCODE_NAMES } from './errorText.ts';
import { goJson } from './goJson.ts';
import { defined, hexOrNone, quantity, type ResultTracer, sorted, wordHex } from './namedTracer.ts';

/** What the steps hold. */
export interface StructLoggerConfig {
  readonly enableMemory?: boolean;
  readonly disableStack?: boolean;
  readonly disableStorage?: boolean;
  readonly enableReturnData?: boolean;
  /** bytes of JSON after which no step is kept any more; 0: no limit */
  readonly limit?: number;
}

/** A step; what is absent is not printed. */
export interface StructLog {
  readonly pc: number;
  readonly op: string;
  /** before the instruction */
  readonly gas: number;
  /** all of its charges, gas handed to a called frame included */
  readonly gasCost: number;
  /** 1 is the outermost frame's */
  readonly depth: number;
  /** why the instruction could not be carried out */
  readonly error?: string;
  /** from the bottom up */
  readonly stack?: readonly Hex[];
  /** what the last call returned */
  readonly returnData?: Hex;
  /** before the instruction, in words */
  readonly memory?: readonly Hex[];
  /** with SLOAD and SSTORE: all slots of the contract that such instructions have named, with what they hold then */
  readonly storage?: Readonly<Record<Hex, Hex>>;
  /** gas to be given back so far */
  readonly refund?: number;
}

/** A transaction in steps. */
export interface StructTrace {
  /** what its sender paid for */
  readonly gas: number;
  readonly failed: boolean;
  /** what it returned, or reverted with */
  readonly returnValue: Hex;
  readonly structLogs: readonly StructLog[];
}

const SLOAD = OPCODE_NAMED.SLOAD.code;
const SSTORE = OPCODE_NAMED.SSTORE.code;
const WORD = 32;

/** Makes a tracer of steps. */
export function structLogger(config: StructLoggerConfig = {}): ResultTracer<StructTrace> {
  const { enableMemory, disableStack, disableStorage, enableReturnData, limit = 0 } = config;
  let start!: TransactionStartEvent;
  let steps: StructLog[] = [];
  let size = 0;
  let storage = new Map<Address, Map<Hex, bigint>>();
  let [gas, failed, output]: [bigint, boolean, Uint8Array] = [0n, false, EMPTY_BYTES];

  const slotsAt = (step: StepEvent): Map<Hex, bigint> | undefined => {
    const { op, address, stackSize } = step;
    if (disableStorage || stackSize < (op === SLOAD ? 1 : 2) || (op !== SLOAD && op !== SSTORE))
      return undefined;
    let slots = storage.get(address);
    if (slots === undefined) storage.set(address, (slots = new Map()));
    const key = step.peek(0);
    slots.set(wordHex(key), op === SLOAD ? start.world.slot(address, key) : step.peek(1));
    return slots;
  };

  return {
    onTransactionStart(event) {
      start = event;
      steps = [];
      size = 0;
      storage = new Map();
    },
    onStep(step) {
      if (limit > 0 && size > limit) return;
      const { op, fault } = step;
      const slots = slotsAt(step);
      const log = defined({
        pc: step.pc,
        op: OPCODE_NAMES[op],
        gas: Number(step.gas),
        gasCost: Number(step.gasCost),
        depth: step.depth,
        error: (fault && faultText(fault, op)) as string,
        stack: (disableStack ? undefined : step.stack.map(quantity)) as Hex[],
        returnData: (enableReturnData ? hexOrNone(step.returnData) : undefined) as Hex,
        memory: (enableMemory && step.memorySize > 0 ? wordsOf(step.memory) : undefined) as Hex[],
        storage: (slots && sorted(slots, wordHex)) as Record<Hex, Hex>,
        refund: (Number(step.refund) || undefined) as number,
      });
      steps.push(log);
      if (limit > 0) size += goJson(log).length;
    },
    onLeave({ depth, status, halt, output: returned }) {
      if (depth > 0) return;
      failed = status !== 'success' || halt !== undefined;
      output = halt === undefined ? returned : EMPTY_BYTES;
    },
    onTransactionEnd: (event) => {
      gas = event.gasUsed;
    },
    result: () => ({ gas: Number(gas), failed, returnValue: toHex(output), structLogs: steps }),
  };
}

function wordsOf(memory: Uint8Array): readonly Hex[] {
  const count = Math.ceil(memory.length / WORD);
  return Array.from({ length: count }, (_, i) => toHex(memory.subarray(i * WORD, (i + 1) * WORD)));
}
