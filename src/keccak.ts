/** Keccak-256 of bytes, by a small WebAssembly module of its own: instantiated on first use, synchronously. */

import { BLOCK, defineSponge, KECCAK_SCRATCH } from './keccak/define.ts';
import { ModuleBuilder } from './wasm/module.ts';

const PAGE = 0x10000;
const DIGEST = KECCAK_SCRATCH;
const INPUT = 1024;
// One page holds everything; what is larger than its rest passes through in whole blocks.
const INPUT_SIZE = PAGE - INPUT - ((PAGE - INPUT) % BLOCK);

interface Engine {
  readonly memory: Uint8Array;
  readonly absorb: (source: number, blocks: number) => void;
  readonly finish: (source: number, length: number, out: number) => void;
}

let engine: Engine | undefined;

/**
 * The Keccak-256 hash of bytes, 32 bytes that belong to the caller. A hash never pauses, so the module is compiled
 * synchronously; browsers refuse that on the main thread above a limit (Chrome: 8 MB now, 4 KB once), which the module's
 * 2 KB stay below.
 */
export function keccak256(bytes: Uint8Array): Uint8Array {
  engine ??= start();
  const { memory, absorb, finish } = engine;
  let rest = bytes;
  while (rest.length > INPUT_SIZE) {
    memory.set(rest.subarray(0, INPUT_SIZE), INPUT);
    absorb(INPUT, INPUT_SIZE / BLOCK);
    rest = rest.subarray(INPUT_SIZE);
  }
  memory.set(rest, INPUT);
  finish(INPUT, rest.length, DIGEST);
  return memory.slice(DIGEST, DIGEST + 32);
}

function start(): Engine {
  const module = new ModuleBuilder();
  module.memory('memory', 1);
  const sponge = defineSponge(module, 0);
  module.export('absorb', sponge.absorb);
  module.export('finish', sponge.finish);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
  return {
    memory: new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer),
    absorb: exports['absorb'] as Engine['absorb'],
    finish: exports['finish'] as Engine['finish'],
  };
}
