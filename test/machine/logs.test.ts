/** LOG0 to LOG4: what a log holds, and that what reverts leaves none. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes } from '../../src/bytes.ts';
import { CONTRACT, call, contractAt, execute, OTHER, type Piece } from './program.ts';
import { word } from './words.ts';

const words = (count: number) => fc.array(word, { minLength: count, maxLength: count });

describe.each([0, 1, 2, 3, 4])('LOG%i', (count) => {
  test('has its topics in the order in which they are popped, and the memory that was asked for', () => {
    fc.assert(
      fc.property(words(count), words(2), fc.nat(64), fc.nat(64), (topics, held, offset, size) => {
        const { logs } = execute([
          ...([held[0], 0n, 'MSTORE', held[1], 32n, 'MSTORE'] as Piece[]),
          ...topics.toReversed(),
          ...[BigInt(size), BigInt(offset), 0xa0 + count],
        ]);
        const memory = concatBytes(
          bigIntToBytes(held[0], 32),
          bigIntToBytes(held[1], 32),
          new Uint8Array(64),
        );
        expect(logs).toEqual([{ address: CONTRACT, topics, data: memory.slice(offset, offset + size) }]);
      }),
      { numRuns: 20 },
    );
  });
});

test('logs are of the account that runs the code, and stay only where no frame above them fails', () => {
  const reverted = contractAt(OTHER, 7n, 0n, 0n, 'LOG1', 0n, 0n, 'REVERT');
  const { logs } = execute([1n, 0n, 0n, 'LOG1', ...call('CALL', OTHER), 2n, 0n, 0n, 'LOG1'], {
    world: [reverted],
  });
  expect(logs.map(({ topics }) => topics)).toEqual([[1n], [2n]]);
  const logging = contractAt(OTHER, 3n, 0n, 0n, 'LOG1');
  const of = (kind: 'CALL' | 'DELEGATECALL') =>
    execute(call(kind, OTHER), { world: [logging] }).logs.map(({ address }) => address);
  expect(of('CALL')).toEqual([OTHER]);
  expect(of('DELEGATECALL')).toEqual([CONTRACT]);
});
