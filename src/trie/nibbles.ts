/** Keys as paths of nibbles, read in place from packed bytes, and their compact ("hex prefix") form in nodes. */

/** The nibble of a key at an index; even indexes are high halves of bytes. */
export function nibbleAt(key: Uint8Array, index: number): number {
  const byte = key[index >> 1];
  return (index & 1) === 0 ? byte >> 4 : byte & 15;
}

/** The first index from `from` on, below `to`, at which two keys differ; `to` where they do not. */
export function commonNibbles(a: Uint8Array, b: Uint8Array, from: number, to: number): number {
  let index = from;
  while (index < to) {
    if ((index & 1) === 0 && a[index >> 1] === b[index >> 1]) index += 2;
    else if (nibbleAt(a, index) === nibbleAt(b, index)) index++;
    else return index;
  }
  return to;
}

/** A key of its own that shares the first `depth` nibbles of another and goes on with one nibble more. */
export function extendKey(key: Uint8Array, depth: number, nibble: number): Uint8Array {
  const extended = new Uint8Array((depth >> 1) + 1);
  extended.set(key.subarray(0, (depth + 1) >> 1));
  extended[depth >> 1] = (depth & 1) === 0 ? nibble << 4 : (extended[depth >> 1] & 0xf0) | nibble;
  return extended;
}

/** How many bytes `writeHexPrefix` writes for a path of so many nibbles. */
export function hexPrefixSize(nibbles: number): number {
  return (nibbles >> 1) + 1;
}

/**
 * Writes the nibbles `from` to `to` of a key in compact form: a flag nibble (2: a leaf's, 1: an odd number of them),
 * a zero nibble where their number is even, and the nibbles.
 * @returns where it ends
 */
export function writeHexPrefix(
  out: Uint8Array,
  at: number,
  key: Uint8Array,
  from: number,
  to: number,
  isLeaf: boolean,
): number {
  const flag = isLeaf ? 0x20 : 0;
  let index = from;
  out[at++] = ((to - from) & 1) === 0 ? flag : flag | 0x10 | nibbleAt(key, index++);
  if ((index & 1) === 0) {
    for (let byte = index >> 1; byte < to >> 1; byte++) out[at++] = key[byte];
  } else {
    for (; index < to; index += 2) out[at++] = ((key[index >> 1] & 15) << 4) | (key[(index + 1) >> 1] >> 4);
  }
  return at;
}
