/**
 * How field elements lie in memory: limbs of fewer than 32 bits, each in a signed 64-bit word, least significant first.
 *
 * WebAssembly multiplies 64 by 64 bits and keeps the low 64 only. With 29 bits to a limb, nine products of limbs add
 * up in one 64-bit word and there is no carry to be made inside a product: 81 multiplications and 81 additions for 256
 * bits, where limbs of 32 bits need 64 multiplications but five more operations for each. Signed limbs make a
 * difference as cheap as a sum, and neither has to be brought back to a normal form before it is multiplied.
 */

/** The shape of an element: `limbs` limbs of `bits` bits. */
export interface Radix {
  readonly bits: number;
  readonly limbs: number;
}

/** Bytes of memory that an element takes. */
export const elementSize = (radix: Radix): number => 8 * radix.limbs;

/** The limbs of an integer, least significant first; all but the last are not negative, the last holds the rest. */
export function limbsOf(value: bigint, { bits, limbs }: Radix): bigint[] {
  const mask = (1n << BigInt(bits)) - 1n;
  return Array.from({ length: limbs }, (_, i) => {
    const rest = value >> BigInt(bits * i);
    return i === limbs - 1 ? rest : rest & mask;
  });
}

/** An integer as its limbs lie in memory. */
export function limbBytes(value: bigint, radix: Radix): Uint8Array {
  return new Uint8Array(BigInt64Array.from(limbsOf(value, radix)).buffer);
}

/** The integer whose limbs, in any form, lie at an address. For tests. */
export function integerAtLimbs(memory: DataView, address: number, { bits, limbs }: Radix): bigint {
  let value = 0n;
  for (let i = 0; i < limbs; i++) {
    value += memory.getBigInt64(address + 8 * i, true) << BigInt(bits * i);
  }
  return value;
}
