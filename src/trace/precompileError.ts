/** Why precompiles refuse their input, in go-ethereum's words. */

import type { Address } from '../bytes.ts';
import type { Fork, PrecompileName } from '../protocol/forks.ts';

const WRONG_LENGTH = 'invalid input length';

/** Why the precompile at an address fails with an input that it fails with; undefined where no more is known. */
export function precompileError(address: Address, input: Uint8Array, fork: Fork): string | undefined {
  const name = fork.precompiles.get(Number(address));
  return name === undefined ? undefined : ERRORS[name]?.(input);
}

const ERRORS: Partial<Record<PrecompileName, (input: Uint8Array) => string | undefined>> = {
  modexpOsaka: () => 'one or more of base/exponent/modulus length exceeded 1024 bytes',
  blake2f: ({ length }) => (length === 213 ? 'invalid final flag' : WRONG_LENGTH),
};
