/** What contracts say, against what a compiler's ABI promises. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseParameter } from '../../src/abi/abiType.ts';
import { EMPTY_ABI, parseAbi, selectorOf } from '../../src/abi/contractAbi.ts';
import { decodeParameters } from '../../src/abi/decode.ts';
import { logText, outputText, revertReason } from '../../src/abi/describe.ts';
import { fromHex } from '../../src/bytes.ts';

const compiled = JSON.parse(
  readFileSync(new URL('../../fixtures/contracts/Token.json', import.meta.url), 'utf8'),
);
const abi = parseAbi(compiled.contracts['Token.sol'].Token.abi);
const word = (value: bigint | number): string => BigInt(value).toString(16).padStart(64, '0');
const text = (content: string): string => {
  const bytes = Buffer.from(content);
  return word(bytes.length) + bytes.toString('hex').padEnd(Math.ceil(bytes.length / 32) * 64, '0');
};

describe('reasons of reverts', () => {
  test('Error(string), Panic(uint256) and errors of the contract', () => {
    const error = fromHex(`08c379a0${word(32)}${text('no "way"')}`);
    expect(revertReason(error, EMPTY_ABI)).toBe('Error("no \\"way\\"")');
    const panic = (code: number) => revertReason(fromHex(`4e487b71${word(code)}`), EMPTY_ABI);
    expect(panic(0x11)).toBe('Panic(0x11): an integer overflows or underflows');
    expect(panic(0x99)).toBe('Panic(0x99): a code without a meaning');
    const own = fromHex(
      `${selectorOf('InsufficientBalance(address,uint256,uint256)')}${word(0xaa)}${word(1)}${word(2)}`,
    );
    expect(revertReason(own, abi)).toBe(
      `InsufficientBalance(account: 0x${'aa'.padStart(40, '0')}, balance: 1, needed: 2)`,
    );
    expect(revertReason(own, EMPTY_ABI)).toBeUndefined();
  });

  test('bytes that only begin like a reason are none', () => {
    const error = fromHex(`08c379a0${word(32)}${text('cut off')}`);
    for (let length = 0; length < error.length - 25; length++) {
      expect(revertReason(error.subarray(0, length), abi)).toBeUndefined();
    }
    fc.assert(
      fc.property(
        fc.constantFrom('08c379a0', '4e487b71', ...abi.errors.keys()),
        fc.uint8Array({ maxLength: 200, size: 'max' }),
        (selector, rest) => {
          revertReason(Buffer.concat([fromHex(selector), rest]), abi);
        },
      ),
    );
  });
});

test('logs are told by their event, indexed or not', () => {
  const topic = [...abi.events].find(([, event]) => event.name === 'Transfer')![0];
  const address = `0x${'00'.repeat(20)}` as const;
  const log = { address, topics: [topic, 1n, 2n], data: fromHex(word(1000)) };
  const [from, to] = [1, 2].map((value) => `0x${String(value).padStart(40, '0')}`);
  expect(logText(log, abi)).toBe(`Transfer(from: ${from}, to: ${to}, value: 1000)`);
  expect(logText({ ...log, topics: [topic, 1n] }, abi)).toBeUndefined();
  expect(logText({ ...log, data: fromHex('00') }, abi)).toBeUndefined();
  expect(logText(log, EMPTY_ABI)).toBeUndefined();
});

test('what a function returns is told by its outputs', () => {
  const call = fromHex(selectorOf('name()'));
  expect(outputText(call, fromHex(word(32) + text('Mill')), abi)).toBe('"Mill"');
  expect(outputText(call, fromHex('00'), abi)).toBeUndefined();
});

describe('decoding', () => {
  const decode = (types: readonly unknown[], data: string) =>
    decodeParameters(types.map(parseParameter), fromHex(data));

  test("the specification's examples", () => {
    // https://docs.soliditylang.org/en/latest/abi-spec.html#examples: f(uint256,uint32[],bytes10,bytes)
    const data =
      word(0x123) +
      word(0x80) +
      Buffer.from('1234567890').toString('hex').padEnd(64, '0') +
      word(0xe0) +
      word(2) +
      word(0x456) +
      word(0x789) +
      text('Hello, world!');
    expect(
      decode([{ type: 'uint256' }, { type: 'uint32[]' }, { type: 'bytes10' }, { type: 'bytes' }], data),
    ).toEqual([
      0x123n,
      [0x456n, 0x789n],
      `0x${Buffer.from('1234567890').toString('hex')}`,
      `0x${Buffer.from('Hello, world!').toString('hex')}`,
    ]);
  });

  test('tuples, fixed arrays, negative integers, booleans', () => {
    const components = [{ type: 'int8' }, { type: 'string' }];
    const data = word(0x20) + word(2n ** 256n - 2n) + word(0x40) + text('x');
    expect(decode([{ type: 'tuple', components }], data)).toEqual([[-2n, 'x']]);
    expect(decode([{ type: 'bool[2]' }], word(1) + word(0))).toEqual([[true, false]]);
    expect(parseParameter({ type: 'tuple[2]', components }).canonical).toBe('(int8,string)[2]');
  });

  test('dirty bits, long lengths and bombs are no encodings', () => {
    expect(decode([{ type: 'bool' }], word(2))).toBeUndefined();
    expect(decode([{ type: 'int8' }], word(128))).toBeUndefined();
    expect(decode([{ type: 'bytes2' }], word(1))).toBeUndefined();
    expect(decode([{ type: 'bytes' }], word(32) + word(2n ** 255n))).toBeUndefined();
    // every element of every level is the next level: 305 words spell 60^5 values
    const level = word(60) + word(60 * 32).repeat(60);
    expect(decode([{ type: 'uint8[][][][][]' }], word(32) + level.repeat(5))).toBeUndefined();
  });

  test.each(['uint7', 'bytes33', 'foo', 'uint256[', 'int', ''])('%j is no type', (type) => {
    expect(() => parseParameter({ type })).toThrow(TypeError);
  });
});
