/** Tracers that users write in JavaScript, in go-ethereum's form: `step`, `fault`, `result`, `enter`, `exit`, `setup`. */

import { type Address, bigIntToBytes, fromHex, toHex } from '../../bytes.ts';
import { creationAddress, saltedCreationAddress } from '../../machine/host/create.ts';
import type { EnterEvent, StepEvent, TransactionStartEvent } from '../../machine/tracer.ts';
import { faultText, OPCODE_NAMES } from '../errorText.ts';
import { frameError } from '../frameError.ts';
import { type ResultTracer, type TraceContext, wordHex } from '../namedTracer.ts';
import { Guest, GuestFailure, type HostFunction } from './guest.ts';
import { FACT, FACTS_SIZE, FRAME_FACTS, PRELUDE, STACK_FACTS } from './prelude.ts';
import { type ScriptEngine, ScriptError, type ScriptLimits } from './scriptEngine.ts';

/** How a script is run. */
export interface ScriptOptions extends ScriptLimits {
  /** what `setup` is given, as JSON */
  readonly config?: unknown;
  readonly context?: TraceContext;
  /** whether the script's object lives on from one transaction to the next, as in go-ethereum's `t8n` */
  readonly livesOn?: boolean;
}

/**
 * Makes a tracer of a script, whose result is what JSON makes of what `result` returns. The script is an expression that evaluates to an object with the methods.
 * @throws {ScriptError} when it is none
 */
export function scriptTracer(
  engine: ScriptEngine,
  script: string,
  options: ScriptOptions = {},
): ResultTracer<unknown> {
  const first = new ScriptRun(engine, script, options);
  let run: ScriptRun | undefined = first;
  let isUsed = false;
  let outcome: { readonly result: unknown } | { readonly error: unknown } | undefined;
  const close = (): void => {
    run?.close();
    run = undefined;
  };
  // What the script does wrong is told with its result, as go-ethereum does: the transaction goes on.
  const guarded =
    <E>(tell: (run: ScriptRun, event: E) => void) =>
    (event: E): void => {
      if (run === undefined || outcome !== undefined) return;
      try {
        tell(run, event);
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error;
        outcome = { error };
        close();
      }
    };
  return {
    onTransactionStart(event) {
      outcome = undefined;
      if ((isUsed && options.livesOn !== true) || run === undefined) {
        close();
        run = new ScriptRun(engine, script, options);
      }
      isUsed = true;
      run.start(event);
    },
    onEnter: guarded((current, event) => current.enter(event)),
    onLeave: guarded((current, event: Parameters<ScriptRun['leave']>[0]) => current.leave(event)),
    ...(first.hasStep ? { onStep: guarded((current, event: StepEvent) => current.step(event)) } : {}),
    onFault: guarded((current, event: StepEvent) => current.fault(event)),
    onTransactionEnd: guarded((current, { gasUsed }: { readonly gasUsed: bigint }) => {
      outcome = { result: current.end(gasUsed) };
      if (options.livesOn !== true) close();
    }),
    result() {
      if (outcome === undefined) throw new RangeError('trace: expected a transaction to have run, got none');
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    },
    close,
  };
}

class ScriptRun {
  readonly hasStep: boolean;
  readonly #hasFrames: boolean;
  readonly #guest: Guest;
  readonly #context: TraceContext;
  #start!: TransactionStartEvent;
  #step: StepEvent | undefined;
  readonly #facts = factsBuffer();
  /** frames that are open, for what they are told of when they end */
  readonly #open: Pick<EnterEvent, 'to' | 'input'>[] = [];

  constructor(
    engine: ScriptEngine,
    script: string,
    { config, context = {}, livesOn: _, ...limits }: ScriptOptions,
  ) {
    this.#context = context;
    this.#guest = new Guest(engine, limits);
    try {
      this.#guest.begin(PRELUDE, this.#host(), OPCODE_NAMES);
      const methods = this.#guest.register(script, JSON.stringify(config ?? {})).split(',');
      this.hasStep = methods.includes('step');
      this.#hasFrames = methods.includes('enter');
    } catch (error) {
      this.#guest.dispose();
      throw error;
    }
  }

  close(): void {
    this.#guest.dispose();
  }

  start(event: TransactionStartEvent): void {
    this.#start = event;
    const { block, fork, gasPrice, gasLimit, from, to, isCreation, input, value } = event;
    const { blockHash, transactionHash, transactionIndex = 0 } = this.#context;
    if (blockHash !== undefined) this.#tell('hex', 'blockHash', blockHash);
    if (blockHash !== undefined && transactionHash !== undefined) {
      this.#tell('number', 'txIndex', transactionIndex);
      this.#tell('hex', 'txHash', transactionHash);
    }
    this.#tell('number', 'block', Number(block.number));
    this.#tell('number', 'gas', Number(gasLimit));
    this.#tell('big', 'gasPrice', `${fork.rules.baseFee ? gasPrice - block.baseFee : gasPrice}`);
    this.#tell('hex', 'coinbase', block.coinbase);
    this.#tell('text', 'type', isCreation ? 'CREATE' : 'CALL');
    this.#tell('hex', 'from', from);
    this.#tell('hex', 'to', to);
    this.#tell('hex', 'input', toHex(input));
    this.#tell('big', 'value', `${value}`);
  }

  enter({ depth, kind, from, to, input, gas, value }: EnterEvent): void {
    this.#open.push({ to, input: input.slice() });
    if (depth === 0 || !this.#hasFrames) return;
    const sent = kind === 'STATICCALL' ? undefined : `${value}`;
    this.#guest.call('enter', kind, from, to, input, Number(gas), sent);
  }

  leave(event: Parameters<NonNullable<ResultTracer<unknown>['onLeave']>>[0]): void {
    const error = frameError(this.#open.pop()!, event, this.#start.fork);
    if (event.depth > 0) {
      if (this.#hasFrames) this.#guest.call('exit', Number(event.gasUsed), event.output, error);
      return;
    }
    if (error !== undefined) this.#tell('text', 'error', error);
    this.#tell('hex', 'output', toHex(event.output));
  }

  step(step: StepEvent): void {
    this.#guest.call('step', this.#factsOf(step), step.fault && faultText(step.fault, step.op));
  }

  /** The script still sees the instruction as it began. */
  fault(step: StepEvent): void {
    const facts = this.hasStep ? undefined : this.#factsOf(step);
    this.#step = step;
    this.#guest.call('fault', facts, faultText(step.fault!, step.op));
  }

  end(gasUsed: bigint): unknown {
    this.#tell('number', 'gasUsed', Number(gasUsed));
    return JSON.parse(this.#guest.call('result'));
  }

  #tell(kind: 'hex' | 'big' | 'number' | 'text', name: string, value: string | number): void {
    this.#guest.call('context', kind, name, value);
  }

  #factsOf(step: StepEvent): Uint8Array {
    this.#step = step;
    const { bytes, numbers, words } = this.#facts;
    const stack = step.stackWords;
    numbers[FACT.pc] = step.pc;
    numbers[FACT.op] = step.op;
    numbers[FACT.gas] = Number(step.gas);
    numbers[FACT.cost] = Number(step.gasCost);
    numbers[FACT.depth] = step.depth;
    numbers[FACT.refund] = Number(step.refund);
    numbers[FACT.stackSize] = stack.length / 8;
    numbers[FACT.memorySize] = step.memorySize;
    bytes.set(fromHex(step.address), FRAME_FACTS);
    bytes.set(fromHex(step.caller), FRAME_FACTS + 20);
    bytes.set(bigIntToBytes(step.value, 32), FRAME_FACTS + 40);
    words.set(stack);
    return bytes.subarray(0, STACK_FACTS + stack.byteLength);
  }

  #host(): Readonly<Record<string, HostFunction>> {
    const world = () => this.#start.world;
    const flag = (truth: boolean): string => (truth ? '1' : '0');
    return {
      stop: (message) => {
        throw new GuestFailure(message);
      },
      memory: (begin, end) => {
        const [from, to] = [Number(begin), Number(end)];
        const range = new Uint8Array(to - from);
        range.set(this.#step!.memory.subarray(from, to));
        return range;
      },
      callData: () => this.#step!.callData,
      created: (from, nonce) => creationAddress(from as Address, BigInt(nonce)),
      created2: (from, salt, initcode) =>
        saltedCreationAddress(from as Address, BigInt(salt), fromHex(initcode)),
      isPrecompiled: (address) => flag(world().isPrecompile(address as Address)),
      balance: (address) => `${world().balance(address as Address)}`,
      nonce: (address) => `${world().nonce(address as Address)}`,
      code: (address) => world().code(address as Address),
      slot: (address, key) => wordHex(world().slot(address as Address, BigInt(key))),
      exists: (address) => flag(world().exists(address as Address)),
    };
  }
}

/** The facts that the guest is given, as bytes, as numbers and as the words of the stack. */
function factsBuffer() {
  const buffer = new ArrayBuffer(FACTS_SIZE);
  const words = new Uint32Array(buffer, STACK_FACTS);
  return { bytes: new Uint8Array(buffer), numbers: new Float64Array(buffer, 0, 8), words };
}
