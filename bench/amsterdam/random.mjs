/** Random numbers that are the same every time, and code in pieces. */

import { concatBytes, fromHex } from '../../dist/bytes.js';
import { OPCODE_NAMED } from '../../dist/protocol/opcodes.js';

/** A small generator of random numbers (xorshift32), so that a case is its seed. */
export function randomOf(seed) {
  let x = seed * 2654435761 + 12345;
  const next = () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  const below = (n) => next() % n;
  return {
    below,
    pick: (list) => list[below(list.length)],
    chance: (percent) => below(100) < percent,
    times: (n, make) => Array.from({ length: n }, (_, i) => make(i)),
  };
}

const push = (value) => {
  const digits = value.toString(16);
  const bytes = fromHex(`0x${digits.length % 2 ? '0' : ''}${digits}`);
  return concatBytes(Uint8Array.of(0x60 + bytes.length - 1), bytes);
};

/** Code: names of instructions, bytes by number, pushes of bigints, and code. */
export const code = (...pieces) =>
  concatBytes(
    ...pieces.map((piece) => {
      if (typeof piece === 'string') return Uint8Array.of(OPCODE_NAMED[piece].code);
      if (typeof piece === 'number') return Uint8Array.of(piece);
      return typeof piece === 'bigint' ? push(piece) : piece;
    }),
  );
