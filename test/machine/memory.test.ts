/** The frame's memory: what it holds, how far it reaches, and what that costs, against a model. */

import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes.ts';
import { execute, type Piece, program, push, returnMemory, topOf } from './program.ts';
import { farWord, word } from './words.ts';

const GAS = 3_000_000n;

/** What so many bytes of memory cost in all: 3 a word, and the square of the words over 512. */
function memoryGas(bytes: bigint): bigint {
  const words = (bytes + 31n) / 32n;
  return 3n * words + (words * words) / 512n;
}

const perWord = (gas: bigint, bytes: bigint): bigint => gas * ((bytes + 31n) / 32n);

/** A memory that grows as the Yellow Paper says, and the gas that went into it. */
class Memory {
  bytes = new Uint8Array(0);
  gas = 0n;

  /** Touches a range; false where the gas is not enough for it. */
  touch(offset: bigint, size: bigint): boolean {
    const end = size === 0n ? 0n : offset + size;
    const grown = end > BigInt(this.bytes.length) ? ((end + 31n) / 32n) * 32n : BigInt(this.bytes.length);
    this.gas += memoryGas(grown) - memoryGas(BigInt(this.bytes.length));
    if (this.gas > GAS) return false;
    const bytes = new Uint8Array(Number(grown));
    bytes.set(this.bytes);
    this.bytes = bytes;
    return true;
  }

  pay(gas: bigint): boolean {
    this.gas += gas;
    return this.gas <= GAS;
  }
}

const DATA = Uint8Array.from({ length: 100 }, (_, i) => i + 1);

/** `size` bytes of a buffer from any offset; zeros behind its end. */
function part(buffer: Uint8Array, offset: bigint, size: bigint): Uint8Array {
  const bytes = new Uint8Array(Number(size));
  if (offset < BigInt(buffer.length))
    bytes.set(buffer.subarray(Number(offset), Number(offset) + Number(size)));
  return bytes;
}

type Step =
  | { readonly op: 'MSTORE' | 'MSTORE8'; readonly at: bigint; readonly value: bigint }
  | { readonly op: 'MLOAD'; readonly at: bigint }
  | {
      readonly op: 'MCOPY' | 'CALLDATACOPY' | 'CODECOPY';
      readonly to: bigint;
      readonly from: bigint;
      readonly size: bigint;
    }
  | { readonly op: 'KECCAK256'; readonly at: bigint; readonly size: bigint };

const near = fc.bigInt({ min: 0n, max: 300n });
const place = fc.oneof({ weight: 14, arbitrary: near }, { weight: 1, arbitrary: farWord });
const size = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0n) },
  { weight: 12, arbitrary: near },
  { weight: 1, arbitrary: farWord },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constantFrom('MSTORE' as const, 'MSTORE8' as const), at: place, value: word }),
  fc.record({ op: fc.constant('MLOAD' as const), at: place }),
  fc.record({
    op: fc.constantFrom('MCOPY' as const, 'CALLDATACOPY' as const, 'CODECOPY' as const),
    to: place,
    from: fc.oneof(near, place, farWord),
    size,
  }),
  fc.record({ op: fc.constant('KECCAK256' as const), at: place, size }),
);

/** The code of a step. What it finds, it stores at a place of its own. */
function codeOf(chosen: Step): Piece[] {
  switch (chosen.op) {
    case 'MSTORE':
    case 'MSTORE8':
      return [chosen.value, chosen.at, chosen.op];
    case 'MLOAD':
      return [chosen.at, 'MLOAD', 0n, 'MSTORE'];
    case 'KECCAK256':
      return [chosen.size, chosen.at, 'KECCAK256', 32n, 'MSTORE'];
    default:
      return [chosen.size, chosen.from, chosen.to, chosen.op];
  }
}

/** Takes the step on the model; false where its gas runs out. */
function take(memory: Memory, code: Uint8Array, chosen: Step): boolean {
  const store = (at: bigint, bytes: Uint8Array): boolean => {
    if (!memory.touch(at, BigInt(bytes.length))) return false;
    memory.bytes.set(bytes, Number(at));
    return true;
  };
  // Every push of a step costs 3, the static gas of its opcodes comes with it.
  switch (chosen.op) {
    case 'MSTORE':
      return memory.pay(9n) && store(chosen.at, bigIntToBytes(chosen.value, 32));
    case 'MSTORE8':
      return memory.pay(9n) && store(chosen.at, bigIntToBytes(chosen.value & 0xffn, 1));
    case 'MLOAD': {
      if (!memory.pay(12n) || !memory.touch(chosen.at, 32n)) return false;
      return store(0n, memory.bytes.slice(Number(chosen.at), Number(chosen.at) + 32));
    }
    case 'KECCAK256': {
      if (!memory.pay(6n + 30n + perWord(6n, chosen.size)) || !memory.touch(chosen.at, chosen.size))
        return false;
      const start = chosen.size === 0n ? 0 : Number(chosen.at);
      return (
        memory.pay(6n) && store(32n, keccak_256(memory.bytes.subarray(start, start + Number(chosen.size))))
      );
    }
    case 'MCOPY': {
      const { to, from, size: length } = chosen;
      if (!memory.pay(12n + perWord(3n, length)) || !memory.touch(to, length) || !memory.touch(from, length))
        return false;
      if (length > 0n) memory.bytes.set(memory.bytes.slice(Number(from), Number(from + length)), Number(to));
      return true;
    }
    default: {
      const { to, from, size: length } = chosen;
      if (!memory.pay(12n + perWord(3n, length)) || !memory.touch(to, length)) return false;
      const source = chosen.op === 'CODECOPY' ? code : DATA;
      if (length > 0n) memory.bytes.set(part(source, from, length), Number(to));
      return true;
    }
  }
}

test('any sequence of memory instructions leaves the memory, and has cost the gas, of the model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      // MSIZE on top, and all of memory, whatever its size.
      const code = program(...steps.flatMap(codeOf), 'MSIZE', 0n, 'RETURN');
      const memory = new Memory();
      const isPaid = steps.every((chosen) => take(memory, code, chosen)) && memory.pay(5n);
      const { status, halt, output, gasUsed } = execute([code], { gas: GAS, message: { data: DATA } });
      if (isPaid) {
        expect(status).toBe('success');
        expect(output).toEqual(memory.bytes);
        expect(gasUsed).toBe(memory.gas);
      } else {
        expect(halt?.reason).toBe('outOfGas');
      }
    }),
    { numRuns: 250 },
  );
});

describe('a size of zero', () => {
  const absurd = [0n, 2n ** 32n, 2n ** 37n, 2n ** 64n, 2n ** 256n - 1n];
  const copies = ['CALLDATACOPY', 'CODECOPY', 'MCOPY'] as const;
  test.each(copies)('%s touches nothing, wherever it is', (name) => {
    for (const to of absurd) {
      for (const from of absurd) expect(topOf([0n, from, to, name, 'MSIZE'])).toBe(0n);
    }
  });

  test.each(['KECCAK256', 'LOG0', 'RETURN', 'REVERT'] as const)('%s likewise', (name) => {
    for (const at of absurd) {
      const { halt, gasUsed } = execute([0n, at, name]);
      expect(halt).toBeUndefined();
      expect(gasUsed).toBe(6n + { KECCAK256: 30n, LOG0: 375n, RETURN: 0n, REVERT: 0n }[name]);
    }
  });
});

describe('MCOPY', () => {
  test('moves as if by way of a copy, however the ranges overlap', () => {
    const offset = fc.nat(96);
    fc.assert(
      fc.property(
        offset,
        offset,
        offset,
        fc.uint8Array({ minLength: 192, maxLength: 192 }),
        (to, from, length, bytes) => {
          const { output } = execute(
            [
              192n,
              0n,
              0n,
              'CALLDATACOPY',
              BigInt(length),
              BigInt(from),
              BigInt(to),
              'MCOPY',
              ...returnMemory(0, 192),
            ],
            { message: { data: bytes } },
          );
          expect(output).toEqual(bytes.slice().copyWithin(to, from, from + length));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('pays for the farther of its ranges', () => {
    expect(topOf([32n, 1000n, 0n, 'MCOPY', 'MSIZE'])).toBe(1056n);
    expect(topOf([32n, 0n, 1000n, 'MCOPY', 'MSIZE'])).toBe(1056n);
  });
});

test('KECCAK256 is keccak-256, of every length over several blocks', () => {
  const data = Uint8Array.from({ length: 600 }, (_, i) => (i * 7) & 0xff);
  for (let length = 0; length <= 600; length += length < 280 ? 1 : 23) {
    const top = topOf([600n, 0n, 3n, 'CALLDATACOPY', BigInt(length), 3n, 'KECCAK256'], { message: { data } });
    expect(top).toBe(bytesToBigInt(keccak_256(data.subarray(0, length))));
  }
});

describe('call data', () => {
  test('is followed by zeros without end', () => {
    const offset = fc.oneof(fc.bigInt({ min: 0n, max: 110n }), farWord);
    fc.assert(
      fc.property(offset, fc.uint8Array({ maxLength: 100, size: 'max' }), (from, data) => {
        expect(topOf([from, 'CALLDATALOAD'], { message: { data } })).toBe(
          bytesToBigInt(part(data, from, 32n)),
        );
        expect(topOf(['CALLDATASIZE'], { message: { data } })).toBe(BigInt(data.length));
      }),
      { numRuns: 100 },
    );
  });
});

describe('far memory', () => {
  // 2^37 - 32 bytes are the most that clients price; whatever is beyond is out of gas, never a limit of the host.
  const ends = [2n ** 36n, 2n ** 37n - 32n, 2n ** 37n, 2n ** 37n + 2n ** 36n, 2n ** 38n - 64n];
  test.each(ends)('of %i bytes is out of gas where the gas is less than its price', (end) => {
    const { halt } = execute([0n, end - 32n, 'MSTORE'], { gas: 10n ** 14n });
    expect(halt?.reason).toBe('outOfGas');
    const copy = execute([end / 2n, 0n, end / 2n, 'MCOPY'], { gas: 10n ** 14n });
    expect(copy.halt?.reason).toBe('outOfGas');
  });

  test('that is paid for meets the ceiling of the host, as a value', () => {
    const { halt, gasLeft } = execute([0n, 2n ** 36n, 'MSTORE'], { gas: 2n ** 62n });
    expect(halt).toEqual({ reason: 'memoryCeiling', pc: 8, opcode: 0x52, name: 'MSTORE' });
    expect(gasLeft).toBe(0n);
    expect(push(2n ** 36n)).toHaveLength(6);
  });
});
