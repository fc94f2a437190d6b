/**
 * Hashing keys that strangers choose: with a seed, so that they cannot know which keys share a place. (Keys that differ
 * in the uppermost bits of limbs may collide whatever the seed: some dozens for certain, more by chance.)
 */

/** A seed that differs from process to process. */
export function randomSeed(): number {
  return (Math.random() * 2 ** 32) | 0;
}

/** One round of a hash over 32-bit limbs (the multiply-and-rotate of the MurmurHash family). */
export function mix(hash: number, limb: number): number {
  const scrambled = Math.imul(limb, 0xcc9e2d51);
  const turned = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

/** Spreads what the rounds left over all bits. */
export function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
