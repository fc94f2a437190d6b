/** Objects of JSON, fed in pieces of any size: the members are those of the whole. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonObjectReader } from '../../src/transition/jsonStream.ts';

function read(text: string, sizes: readonly number[], apart?: string) {
  const bytes = new TextEncoder().encode(text);
  const [members, inner]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  const takes = (into: Record<string, unknown>) => (key: string, value: unknown) => {
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  };
  const reader = new JsonObjectReader(
    takes(members),
    apart === undefined ? undefined : { key: apart, take: takes(inner) },
  );
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length];
    reader.feed(bytes.subarray(at, at + size));
    at += size;
  }
  reader.end();
  return { members, inner };
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
const indent = fc.constantFrom(undefined, 2, '\t');

describe('a reader', () => {
  test('hands over what parsing the whole gives', () => {
    fc.assert(
      fc.property(object, indent, sizes, (value, space, pieces) => {
        const text = JSON.stringify(value, null, space);
        expect(read(text, pieces).members).toEqual(JSON.parse(text));
      }),
    );
  });

  test('takes one member apart', () => {
    fc.assert(
      fc.property(object, object, sizes, (alloc, rest, pieces) => {
        const { alloc: _, ...others } = rest;
        const { members, inner } = read(JSON.stringify({ ...others, alloc, z: 1 }), pieces, 'alloc');
        expect(inner).toEqual(JSON.parse(JSON.stringify(alloc)));
        expect(members).toEqual(JSON.parse(JSON.stringify({ ...others, z: 1 })));
      }),
    );
  });

  test('stops at the end of the object', () => {
    expect(read('{"a": [1, {"b": "}"}]} and more', [3]).members).toEqual({ a: [1, { b: '}' }] });
  });

  test.each([
    '',
    '[]',
    '{',
    '{"a"',
    '{"a" 1}',
    '{"a": }',
    '{"a": 1',
    '{"a": 1,}',
    '{a: 1}',
    '{"a": nul}',
    '{"a": [}}',
  ])('refuses %s', (text) => {
    for (const size of [1, 100]) expect(() => read(text, [size])).toThrow(SyntaxError);
  });
});
