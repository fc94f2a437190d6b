/**
 * Who computes what. Everything is there without anything native: curves are generated WebAssembly, powers are bigint.
 * No package on npm is clearly faster than those (`npm run bench -- --suites crypto`), so only SHA-256 has an alternative.
 * A host with faster ones of its own hands precompiles to `createEvm`.
 */

import { nativeSha256 } from './hashes.ts';

/** A primitive and the implementation that was chosen for it at start-up. */
export interface Provider {
  readonly primitive: string;
  readonly used: string;
  /** why a faster one is not used; undefined where there is none, or it is used */
  readonly absent: string | undefined;
}

const GENERATED = 'generated WebAssembly';

function ofSha256(): Provider {
  const primitive = 'SHA-256';
  const native = nativeSha256();
  return typeof native === 'string'
    ? { primitive, used: '@noble/hashes', absent: native }
    : { primitive, used: 'node:crypto', absent: undefined };
}

const own = (primitive: string, used = GENERATED): Provider => ({ primitive, used, absent: undefined });

/** All primitives. */
export function providers(): readonly Provider[] {
  return [
    own('Keccak-256'),
    ofSha256(),
    own('RIPEMD-160'),
    own('BLAKE2b'),
    own('secp256k1 recovery'),
    own('secp256k1 signing', '@noble/curves'),
    own('P-256'),
    own('BN254'),
    own('BLS12-381'),
    own('KZG proofs', `${GENERATED} of BLS12-381`),
    own('modular powers', 'bigint, in Montgomery form'),
  ];
}
