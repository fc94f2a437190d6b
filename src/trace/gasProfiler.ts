/** Where a transaction's gas goes: by opcode, by contract and by the path of calls, for flame graphs. */

import { type Address, toHex } from '../bytes.ts';
import type { EnterEvent, LeaveEvent, StepEvent } from '../machine/tracer.ts';
import { OPCODE_NAMES } from './errorText.ts';
import { type ResultTracer, sorted } from './namedTracer.ts';

/** How often something ran, and its own gas: without what it handed to other frames. */
export interface GasShare {
  readonly count: number;
  readonly gas: number;
}

/** A path of calls, from the outermost frame on, with what its last frame's opcodes took. */
export interface GasPath {
  /** a frame is `ADDRESS.SELECTOR`, an address alone, or `create ADDRESS` */
  readonly path: readonly string[];
  readonly calls: number;
  /** what precompiles and frames without code take stands under `(no code)` */
  readonly opcodes: Readonly<Record<string, GasShare>>;
}

/** A transaction's gas. All shares of a list add up to `executionGas`. */
export interface GasProfile {
  /** what the sender paid for */
  readonly gasUsed: number;
  /** what frames took; refunds and what is paid before anything runs aside */
  readonly executionGas: number;
  readonly opcodes: Readonly<Record<string, GasShare>>;
  /** by whose storage it ran with; `count` counts frames */
  readonly contracts: Readonly<Record<Address, GasShare>>;
  readonly paths: readonly GasPath[];
}

const NO_CODE = '(no code)';
const SEPARATOR = ';';

interface Share {
  count: number;
  gas: bigint;
}

interface Path {
  calls: number;
  readonly opcodes: Map<string, Share>;
}

/** A frame that is open: its last instruction is not settled before the next one shows what it took. */
interface Open {
  readonly key: string;
  readonly address: Address;
  readonly path: Path;
  op: string;
  /** gas that the frame had at its last instruction */
  gas: bigint;
  /** what frames took that the last instruction opened */
  below: bigint;
}

/** Makes a tracer of where gas goes. */
export function gasProfiler(): ResultTracer<GasProfile> {
  let paths = new Map<string, Path>();
  let contracts = new Map<Address, Share>();
  let open: Open[] = [];
  let [gasUsed, executionGas] = [0n, 0n];
  /** the frame that is open is none: it shows a SELFDESTRUCT */
  let isDestruction = false;

  const take = ({ path, address, op }: Open, gas: bigint): void => {
    add(path.opcodes, op, gas, 0);
    add(contracts, address, gas, 0);
  };
  /** The last instruction took what is gone since, but for what went to frames below. */
  const settle = (frame: Open, gasNow: bigint): void => {
    take(frame, frame.gas - gasNow - frame.below);
    frame.gas = gasNow;
    frame.below = 0n;
  };

  return {
    onTransactionStart() {
      paths = new Map();
      contracts = new Map();
      open = [];
    },
    onEnter(event) {
      isDestruction = event.kind === 'SELFDESTRUCT';
      if (isDestruction) return;
      const parent = open.at(-1);
      const key = parent === undefined ? nameOf(event) : `${parent.key}${SEPARATOR}${nameOf(event)}`;
      let path = paths.get(key);
      if (path === undefined) paths.set(key, (path = { calls: 0, opcodes: new Map() }));
      path.calls++;
      add(contracts, event.address, 0n, 1);
      open.push({ key, address: event.address, path, op: NO_CODE, gas: event.gas, below: 0n });
    },
    onStep(step: StepEvent) {
      const frame = open[open.length - 1];
      if (frame.op !== NO_CODE) settle(frame, step.gas);
      frame.op = OPCODE_NAMES[step.op];
      frame.gas = step.gas;
      add(frame.path.opcodes, frame.op, 0n, 1);
    },
    onLeave(event: LeaveEvent) {
      if (isDestruction) {
        isDestruction = false;
        return;
      }
      const frame = open.pop()!;
      settle(frame, event.gasLeft);
      const parent = open.at(-1);
      if (parent === undefined) executionGas = event.gasUsed;
      else parent.below += event.gasUsed;
    },
    onTransactionEnd: (event) => {
      gasUsed = event.gasUsed;
    },
    result: () => profileOf(paths, contracts, gasUsed, executionGas),
  };
}

function add<K>(shares: Map<K, Share>, key: K, gas: bigint, count: number): void {
  const share = shares.get(key);
  if (share === undefined) shares.set(key, { count, gas });
  else {
    share.count += count;
    share.gas += gas;
  }
}

function nameOf({ kind, to, input, isPrecompile }: EnterEvent): string {
  if (kind === 'CREATE' || kind === 'CREATE2') return `create ${to}`;
  return input.length < 4 || isPrecompile ? to : `${to}.${toHex(input.subarray(0, 4)).slice(2)}`;
}

function profileOf(
  paths: ReadonlyMap<string, Path>,
  contracts: ReadonlyMap<Address, Share>,
  gasUsed: bigint,
  executionGas: bigint,
): GasProfile {
  const opcodes = new Map<string, Share>();
  for (const path of paths.values()) {
    for (const [op, { gas, count }] of path.opcodes) add(opcodes, op, gas, count);
  }
  return {
    gasUsed: Number(gasUsed),
    executionGas: Number(executionGas),
    opcodes: sharesOf(opcodes),
    contracts: sorted(contracts, shareOf),
    paths: [...paths].map(([key, path]) => ({
      path: key.split(SEPARATOR),
      calls: path.calls,
      opcodes: sharesOf(path.opcodes),
    })),
  };
}

/** Shares by name, those of nothing left out. */
function sharesOf(shares: ReadonlyMap<string, Share>): Readonly<Record<string, GasShare>> {
  const some = [...shares].filter(([, { count, gas }]) => count > 0 || gas > 0n);
  return sorted(new Map(some), shareOf);
}

const shareOf = ({ count, gas }: Share): GasShare => ({ count, gas: Number(gas) });

/** Stacks with their gas, each path's opcodes on top of it. */
function* stacksOf({ paths }: GasProfile): Generator<readonly [stack: readonly string[], gas: number]> {
  for (const { path, opcodes } of paths) {
    for (const [op, { gas }] of Object.entries(opcodes)) if (gas > 0) yield [[...path, op], gas];
  }
}

/** The profile as lines of `frame;frame;OPCODE gas`, as flame graph tools read them. */
export function collapsedStacks(profile: GasProfile): string {
  let lines = '';
  for (const [stack, gas] of stacksOf(profile)) lines += `${stack.join(SEPARATOR)} ${gas}\n`;
  return lines;
}

/** The profile as a file of https://www.speedscope.app: gas in place of time. */
export function speedscope(profile: GasProfile, name: string): unknown {
  const frames = new Map<string, number>();
  const frameAt = (frame: string): number => {
    const known = frames.get(frame);
    if (known !== undefined) return known;
    frames.set(frame, frames.size);
    return frames.size - 1;
  };
  const samples: number[][] = [];
  const weights: number[] = [];
  for (const [stack, gas] of stacksOf(profile)) {
    samples.push(stack.map(frameAt));
    weights.push(gas);
  }
  const endValue = weights.reduce((sum, gas) => sum + gas, 0);
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames: [...frames.keys()].map((frame) => ({ name: frame })) },
    profiles: [{ type: 'sampled', name, unit: 'none', startValue: 0, endValue, samples, weights }],
    name,
    activeProfileIndex: 0,
    exporter: 'evmill',
  };
}
