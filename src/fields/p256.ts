/**
 * ECDSA on P-256 (secp256r1), by a WebAssembly module that is generated on first use, synchronously. For public data
 * only: how long it takes depends on the data.
 */

import { expectLength } from './expectLength.ts';
import { buildVerificationModule } from './p256Module.ts';

interface Engine {
  /** hash, r, s, x and y, one after the other */
  readonly input: Uint8Array;
  readonly verify: () => number;
}

let engine: Engine | undefined;

/**
 * Whether a signature is valid: r and s are in range, the key is a point of the curve, and the equation holds.
 *
 * @param input 160 bytes: the hash, r and s of the signature, x and y of the key, each a big-endian integer
 * @throws {RangeError} when there are not so many
 */
export function verifyP256(input: Uint8Array): boolean {
  expectLength('signature', input, 160);
  engine ??= start();
  engine.input.set(input);
  return engine.verify() === 1;
}

function start(): Engine {
  const { bytes, input } = buildVerificationModule();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  (exports['start'] as () => void)();
  return {
    input: new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer, input, 160),
    verify: exports['verify'] as Engine['verify'],
  };
}
