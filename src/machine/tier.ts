/** Between the tiers: when code is compiled, and entering what was. */

import type { Hex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import type { CodeTier, PlacedBlocks, PlacedCode } from './arena.ts';
import { type CompiledCode, compile } from './compiler.ts';
import { type Engine, OFFICIAL } from './engine.ts';
import { FRAME, PARAM, STATUS } from './layout.ts';
import type { Machine } from './machine.ts';

/**
 * Which tier runs code: `interpreter` alone; `compiler` from the first instruction; `auto`, which compiles what proves
 * hot.
 */
export type Tier = 'auto' | 'interpreter' | 'compiler';

/**
 * Gas that the interpreter spends in code, for each byte of it, before it is compiled. Compiling costs about as much
 * as interpreting so much gas, so that no run takes much longer than the better tier alone.
 */
const HOT_GAS_PER_BYTE = 400;

/**
 * A frame that spends less than this in its code, in gas for each byte, runs through most of it once. The interpreter
 * does that better: compiled code pays by coming back to the same blocks. (A pass of 12,000 MLOADs takes it 0.09 ms, and
 * blocks compiled by V8's baseline compiler 0.32.)
 */
const LOOPING_GAS_PER_BYTE = 8;

/** Compiled code that is kept, over all contracts and rule sets, in bytes of WebAssembly. */
const CACHE_BYTES = 2 ** 26;

/** Code has spent gas in one frame, or in one slice of it. */
export function warmUp({ size, tier }: PlacedCode, gas: number): void {
  if (tier !== undefined && gas > size * LOOPING_GAS_PER_BYTE) tier.heat += gas;
}

/** Runs compiled code from where a frame is; `STATUS.interpret` where there is none there, or none yet. */
export function runCompiled(m: Machine, frame: number, placed: PlacedCode, tier: CodeTier): number {
  if (tier.fork !== m.fork) {
    tier.fork = m.fork;
    tier.compiled = undefined;
  }
  if (tier.compiled === undefined && isDue(m, placed, tier)) tier.compiled = compiledFor(m, placed, tier);
  const { compiled } = tier;
  if (!compiled) return STATUS.interpret;
  const { u32 } = m.arena;
  u32[(frame + FRAME.targets) >> 2] = compiled.at;
  const block = compiled.targets[u32[(frame + FRAME.pc) >> 2] - placed.code];
  return block === 0 || block === undefined ? STATUS.interpret : compiled.enter(frame, block);
}

function isDue(m: Machine, placed: PlacedCode, tier: CodeTier): boolean {
  if (m.rules.recipes !== OFFICIAL || m.limits.tier === 'interpreter') return false;
  return m.limits.tier === 'compiler' || tier.heat > placed.size * HOT_GAS_PER_BYTE;
}

interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly targets: CompiledCode['targets'];
  readonly size: number;
}

// Modules by code, for each fork, whose prices are compiled in; the oldest go first.
const caches = new WeakMap<Fork, Map<Hex, CompiledModule | null>>();
const order: {
  readonly cache: Map<Hex, CompiledModule | null>;
  readonly codeHash: Hex;
  readonly size: number;
}[] = [];
let cachedBytes = 0;

function compiledFor(m: Machine, placed: PlacedCode, tier: CodeTier): PlacedBlocks | null {
  const known = moduleFor(m, placed, tier.codeHash);
  if (known === null) return null;
  const { arena } = m;
  const at = arena.keepBeside(new Uint8Array(known.targets.buffer));
  if (at === undefined) return null;
  const engine: Engine = m.engine('none');
  const instance = new WebAssembly.Instance(known.module, {
    arena: { memory: arena.memory },
    engine,
    kernel: { keccak: arena.kernel.keccak },
    host: m.host,
  });
  return { targets: known.targets, at, enter: instance.exports['enter'] as PlacedBlocks['enter'] };
}

function moduleFor(m: Machine, placed: PlacedCode, codeHash: Hex): CompiledModule | null {
  let cache = caches.get(m.fork);
  if (cache === undefined) caches.set(m.fork, (cache = new Map()));
  const known = cache.get(codeHash);
  if (known !== undefined) return known;
  const { u8, i64 } = m.arena;
  const source = u8.slice(placed.code, placed.code + placed.size);
  const compiled = compile(source, { gas: m.rules.gas, param: (name) => i64[PARAM[name] >> 3] });
  const entry =
    compiled === undefined
      ? null
      : {
          module: new WebAssembly.Module(compiled.bytes),
          targets: compiled.targets,
          size: compiled.bytes.length,
        };
  cache.set(codeHash, entry);
  const size = entry?.size ?? 0;
  order.push({ cache, codeHash, size });
  cachedBytes += size;
  while (cachedBytes > CACHE_BYTES && order.length > 1) {
    const oldest = order.shift()!;
    oldest.cache.delete(oldest.codeHash);
    cachedBytes -= oldest.size;
  }
  return entry;
}
