/** Words for property tests, biased to where carries, signs and sizes change. */

import fc from 'fast-check';
import { MAX_WORD } from './program.ts';

const powers = fc.integer({ min: 0, max: 255 }).map((bit) => 1n << BigInt(bit));
const nearPowers = fc
  .tuple(powers, fc.bigInt({ min: -2n, max: 2n }))
  .map(([power, delta]) => BigInt.asUintN(256, power + delta));
const limb = fc.oneof(
  fc.constantFrom(0n, 1n, (1n << 64n) - 1n, 1n << 63n, (1n << 63n) - 1n, 1n << 32n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
const ofLimbs = fc
  .tuple(limb, limb, limb, limb)
  .map(([a, b, c, d]) => a | (b << 64n) | (c << 128n) | (d << 192n));

/** Any word. */
export const word: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 40n }),
  fc.constantFrom(MAX_WORD, 1n << 255n, (1n << 255n) - 1n, MAX_WORD - 1n, 255n, 256n, 257n),
  nearPowers,
  nearPowers.map((near) => BigInt.asUintN(256, -near)),
  ofLimbs,
  fc.bigInt({ min: 0n, max: MAX_WORD }),
);

/** A place in memory, or a size of it: mostly near, at times absurd. */
export const farWord: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 2000n }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1n << 31n, 1n << 32n, 1n << 36n, (1n << 37n) - 32n, 1n << 37n, 1n << 38n),
  },
  { weight: 1, arbitrary: fc.constantFrom(1n << 63n, (1n << 64n) - 1n, 1n << 64n, 1n << 128n, MAX_WORD) },
  { weight: 1, arbitrary: word },
);
