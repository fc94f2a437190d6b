/**
 * Public key recovery on secp256k1, by a WebAssembly module that is generated on first use, synchronously. For public
 * data only: how long it takes depends on the data.
 */

import { expectLength } from './expectLength.ts';
import { buildRecoveryModule, MOST_AT_ONCE, RECORD, RECORD_STRIDE } from './secp256k1Module.ts';

/** A hash and the signature over it, all integers as 32 big-endian bytes. */
export interface SignedHash {
  readonly hash: Uint8Array;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  /** whether the point whose x is r has an odd y */
  readonly oddY: boolean;
}

interface Engine {
  readonly memory: Uint8Array;
  readonly view: DataView;
  readonly records: number;
  readonly recover: (count: number) => void;
  readonly widen: () => void;
  /** keys to be recovered until the table of the generator is widened */
  untilWide: number;
}

/** After so many recoveries what a wide table saves is worth the time to make it. */
const BEFORE_WIDE = 300;

let engine: Engine | undefined;

/**
 * The public key whose signature of a hash this is, 64 bytes: its x and y. Undefined when there is none: r or s is zero
 * or not below the order, r is no x on the curve, or the key would be infinity. High s is taken.
 *
 * @param hash 32 bytes; taken modulo the order
 * @param r 32 bytes, big-endian
 * @param s 32 bytes, big-endian
 * @param oddY whether the point whose x is r has an odd y
 * @throws {RangeError} when one has another length
 */
export function recoverPublicKey(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  oddY: boolean,
): Uint8Array | undefined {
  engine ??= start();
  write(engine, 0, hash, r, s, oddY);
  recover(engine, 1);
  return read(engine, 0);
}

/** `recoverPublicKey` for many, in their order, which costs about a tenth less for each. */
export function recoverPublicKeys(signed: readonly SignedHash[]): (Uint8Array | undefined)[] {
  engine ??= start();
  const keys: (Uint8Array | undefined)[] = [];
  for (let first = 0; first < signed.length; first += MOST_AT_ONCE) {
    const count = Math.min(MOST_AT_ONCE, signed.length - first);
    for (let i = 0; i < count; i++) {
      const { hash, r, s, oddY } = signed[first + i];
      write(engine, i, hash, r, s, oddY);
    }
    recover(engine, count);
    for (let i = 0; i < count; i++) keys.push(read(engine, i));
  }
  return keys;
}

function recover(engine: Engine, count: number): void {
  if (engine.untilWide > 0) {
    engine.untilWide -= count;
    if (engine.untilWide <= 0) engine.widen();
  }
  engine.recover(count);
}

function write(
  { memory, view, records }: Engine,
  index: number,
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  oddY: boolean,
): void {
  expectLength('hash', hash, 32);
  expectLength('r', r, 32);
  expectLength('s', s, 32);
  const at = records + index * RECORD_STRIDE;
  memory.set(hash, at + RECORD.hash);
  memory.set(r, at + RECORD.r);
  memory.set(s, at + RECORD.s);
  view.setInt32(at + RECORD.parity, oddY ? 1 : 0, true);
}

function read({ memory, view, records }: Engine, index: number): Uint8Array | undefined {
  const at = records + index * RECORD_STRIDE;
  if (view.getInt32(at + RECORD.isValid, true) === 0) return undefined;
  return memory.slice(at + RECORD.x, at + RECORD.x + 64);
}

function start(): Engine {
  const { bytes, records } = buildRecoveryModule();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  (exports['start'] as () => void)();
  return {
    memory: new Uint8Array(buffer),
    view: new DataView(buffer),
    records,
    recover: exports['recover'] as Engine['recover'],
    widen: exports['widen'] as Engine['widen'],
    untilWide: BEFORE_WIDE,
  };
}
