import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes, fromHex } from '../src/bytes.ts';
import {
  decodeRlp,
  encodeRlp,
  InvalidRlp,
  MAX_RLP_DEPTH,
  type Rlp,
  type RlpFault,
  readBytes,
  readInteger,
  readList,
  readNumber,
  readOptionalBytes,
  splitRlp,
} from '../src/rlp.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const { item } = fc.letrec<{ item: Rlp; list: Rlp[] }>((tie) => ({
  item: fc.oneof({ depthSize: 'small' }, bytes(70), tie('list')),
  list: fc.array(tie('item'), { maxLength: 6 }),
}));

/** The fault that a piece of work ends with, or undefined. */
function faultOf(work: () => unknown): RlpFault | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidRlp) return error.fault;
    throw error;
  }
  return undefined;
}

/** `depth` lists, each the only item of the one around it. */
function nested(depth: number): Uint8Array {
  let list: Rlp = [];
  for (let i = 1; i < depth; i++) list = [list];
  return encodeRlp(list);
}

describe('RLP', () => {
  test('what is encoded is decoded', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(decodeRlp(encodeRlp(value))).toEqual(value);
      }),
    );
  });

  test('whatever is accepted encodes to the same bytes again', () => {
    fc.assert(
      fc.property(bytes(40), (input) => {
        if (faultOf(() => decodeRlp(input)) === undefined) {
          expect(encodeRlp(decodeRlp(input))).toEqual(input);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test('a changed byte is refused or changes the item', () => {
    fc.assert(
      fc.property(item, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, change) => {
        const input = encodeRlp(value);
        input[position % input.length] ^= change;
        if (faultOf(() => decodeRlp(input)) === undefined) {
          expect(equalBytes(encodeRlp(decodeRlp(input)), input)).toBe(true);
        }
      }),
    );
  });

  test.each<[string, RlpFault]>([
    ['', 'end'],
    ['83aabb', 'end'],
    ['b8', 'end'],
    ['b838aa', 'end'],
    ['c28201', 'end'],
    ['8100', 'size'],
    ['817f', 'size'],
    ['b801ff', 'size'],
    ['f800', 'leadingZeros'],
    ['b90038', 'leadingZeros'],
    ['8080', 'trailing'],
    ['ffffffffffffffffff00', 'end'],
  ])('%s is refused: %s', (hex, fault) => {
    expect(faultOf(() => decodeRlp(fromHex(hex)))).toBe(fault);
  });

  test('lists nest to the limit and no deeper, however deep the input', () => {
    expect(decodeRlp(nested(MAX_RLP_DEPTH))).toBeInstanceOf(Array);
    expect(faultOf(() => decodeRlp(nested(MAX_RLP_DEPTH + 1)))).toBe('depth');
    const hostile = new Uint8Array(4_000_000);
    for (let at = 0; at + 4 <= hostile.length; at += 4) {
      const length = hostile.length - at - 4;
      hostile.set([0xfa, length >>> 16, length >>> 8, length], at);
    }
    expect(faultOf(() => decodeRlp(hostile))).toBe('depth');
  });

  test('a run of items is split', () => {
    const items = ['83646f67', 'c0', '05', 'c20102'].map(fromHex);
    expect([...splitRlp(fromHex('83646f67c005c20102'))]).toEqual(items);
    expect(faultOf(() => [...splitRlp(fromHex('c08301'))])).toBe('end');
  });

  test('readers say what was expected and where', () => {
    const list = decodeRlp(fromHex('c50182010080'));
    expect(readList(list, 'transaction', 3)).toHaveLength(3);
    expect(faultOf(() => readList(list, 'transaction', 4))).toBe('tooFew');
    expect(faultOf(() => readList(list, 'transaction', 2))).toBe('tooMany');
    expect(faultOf(() => readList(fromHex('00'), 'transaction'))).toBe('kind');
    expect(faultOf(() => readBytes(list, 'data'))).toBe('kind');
    expect(() => readBytes(fromHex('0102'), 'to', 20)).toThrow('RLP, to: expected 20 bytes, got 2');
    expect(faultOf(() => readBytes(fromHex('0102'), 'to', 1))).toBe('tooLong');
    expect(readOptionalBytes(new Uint8Array(0), 'to', 20)).toBeUndefined();
    expect(faultOf(() => readOptionalBytes(fromHex('01'), 'to', 20))).toBe('tooShort');
    expect(readInteger(fromHex('0100'), 'nonce', 8)).toBe(256n);
    expect(readInteger(new Uint8Array(0), 'nonce')).toBe(0n);
    expect(faultOf(() => readInteger(fromHex('00'), 'nonce'))).toBe('leadingZeros');
    expect(faultOf(() => readInteger(fromHex('010203'), 'nonce', 2))).toBe('tooLong');
    expect(readNumber(fromHex('ffffffffffff'), 'index')).toBe(2 ** 48 - 1);
  });
});
