/** Which opcodes each fork has and what they cost before operands and warmth, against a table of its own. */

import { describe, expect, test } from 'vitest';
import { FORKS, type Fork, fork, forkNamed, prague } from '../../src/protocol/forks.ts';
import { OPCODES } from '../../src/protocol/opcodes.ts';

const ORDER = [
  'Frontier',
  'Homestead',
  'TangerineWhistle',
  'SpuriousDragon',
  'Byzantium',
  'Constantinople',
  'Petersburg',
  'Istanbul',
  'MuirGlacier',
  'Berlin',
  'London',
  'ArrowGlacier',
  'GrayGlacier',
  'Paris',
  'Shanghai',
  'Cancun',
  'Prague',
  'Osaka',
  'BPO1',
  'BPO2',
  'BPO3',
  'BPO4',
];

/** Opcode bytes, the first fork that has them, and their static gas from one fork on. */
type Row = readonly [codes: readonly number[], prices: readonly (readonly [from: string, gas: number])[]];

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const since = (name: string, gas: number): readonly [string, number][] => [[name, gas]];
// From Berlin on all of the price is by warmth.
const WARMTH = ['Berlin', 0] as const;

const TABLE: readonly Row[] = [
  [[0x00, 0xf3], since('Frontier', 0)],
  [[0xfd], since('Byzantium', 0)],
  [[0x01, 0x03, ...range(0x10, 0x1a), 0x35, 0x51, 0x52, 0x53, ...range(0x60, 0x9f)], since('Frontier', 3)],
  [[0x1b, 0x1c, 0x1d], since('Constantinople', 3)],
  [[0x02, 0x04, 0x05, 0x06, 0x07, 0x0b], since('Frontier', 5)],
  [[0x1e], since('Osaka', 5)],
  [[0x08, 0x09, 0x56], since('Frontier', 8)],
  [[0x57, 0x0a], since('Frontier', 10)],
  [[0x20], since('Frontier', 30)],
  [
    [0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, ...range(0x41, 0x45), 0x50, 0x58, 0x59, 0x5a],
    since('Frontier', 2),
  ],
  [[0x3d], since('Byzantium', 2)],
  [[0x46], since('Istanbul', 2)],
  [[0x47], since('Istanbul', 5)],
  [[0x48], since('London', 2)],
  [[0x5f], since('Shanghai', 2)],
  [[0x49], since('Cancun', 3)],
  [[0x4a], since('Cancun', 2)],
  [[0x40], since('Frontier', 20)],
  [[0x5b], since('Frontier', 1)],
  [[0x37, 0x39], since('Frontier', 3)],
  [[0x3e], since('Byzantium', 3)],
  [[0x5e], since('Cancun', 3)],
  [[0x31], [['Frontier', 20], ['TangerineWhistle', 400], ['Istanbul', 700], WARMTH]],
  [
    [0x3b, 0x3c],
    [['Frontier', 20], ['TangerineWhistle', 700], WARMTH],
  ],
  [[0x3f], [['Constantinople', 400], ['Istanbul', 700], WARMTH]],
  [[0x54], [['Frontier', 50], ['TangerineWhistle', 200], ['Istanbul', 800], WARMTH]],
  [[0x55], since('Frontier', 0)],
  [[0x5c, 0x5d], since('Cancun', 100)],
  ...range(0, 4).map((topics): Row => [[0xa0 + topics], since('Frontier', 375 + 375 * topics)]),
  [[0xf0], since('Frontier', 32000)],
  [[0xf5], since('Constantinople', 32000)],
  [
    [0xf1, 0xf2],
    [['Frontier', 40], ['TangerineWhistle', 700], WARMTH],
  ],
  [[0xf4], [['Homestead', 40], ['TangerineWhistle', 700], WARMTH]],
  [[0xfa], [['Byzantium', 700], WARMTH]],
  [
    [0xff],
    [
      ['Frontier', 0],
      ['TangerineWhistle', 5000],
    ],
  ],
];

/** Static gas by opcode byte, as the table has it. */
function expectedGas(forkName: string): (number | undefined)[] {
  const gas = new Array<number | undefined>(256).fill(undefined);
  const place = ORDER.indexOf(forkName);
  for (const [codes, prices] of TABLE) {
    for (const [from, price] of prices) {
      if (ORDER.indexOf(from) <= place) for (const code of codes) gas[code] = price;
    }
  }
  return gas;
}

/** What may come behind them is still changing. */
const RELEASED = FORKS.slice(0, ORDER.length);

test('there are these forks, in this order', () => {
  expect(RELEASED.map(({ name }) => name)).toEqual(ORDER);
});

describe.each(RELEASED)('$name', (one) => {
  test('has the opcodes of the table at their prices, and no others', () => {
    expect(one.gas).toEqual(expectedGas(one.name));
  });

  test('prices only bytes that are opcodes', () => {
    const codes = new Set(OPCODES.map(({ code }) => code));
    const priced = range(0, 255).filter((code) => one.gas[code] !== undefined);
    expect(priced.filter((code) => !codes.has(code))).toEqual([]);
  });

  test('has the precompiles of its time', () => {
    const place = ORDER.indexOf(one.name);
    const at = (name: string): number => ORDER.indexOf(name);
    const addresses = [1, 2, 3, 4];
    if (place >= at('Byzantium')) addresses.push(5, 6, 7, 8);
    if (place >= at('Istanbul')) addresses.push(9);
    if (place >= at('Cancun')) addresses.push(10);
    if (place >= at('Prague')) addresses.push(...range(11, 17));
    if (place >= at('Osaka')) addresses.push(256);
    expect([...one.precompiles.keys()].sort((a, b) => a - b)).toEqual(addresses);
  });
});

/** What a fork's generation is of, as one word each. */
const MODEXP: readonly (readonly [string, string])[] = [
  ['Byzantium', 'modexpByzantium'],
  ['Istanbul', 'modexpByzantium'],
  ['Berlin', 'modexpBerlin'],
  ['Prague', 'modexpBerlin'],
  ['Osaka', 'modexpOsaka'],
];
test.each(MODEXP)('modexp of %s is %s', (name, precompile) => {
  expect(forkNamed(name).precompiles.get(5)).toBe(precompile);
});

const SSTORE: readonly (readonly [string, boolean, number, number, number, number, number])[] = [
  // fork, net metering, no-op, set, reset, refund for clearing, sentry
  ['Frontier', false, 5000, 20000, 5000, 15000, 0],
  ['Byzantium', false, 5000, 20000, 5000, 15000, 0],
  ['Constantinople', true, 200, 20000, 5000, 15000, 0],
  ['Petersburg', false, 5000, 20000, 5000, 15000, 0],
  ['Istanbul', true, 800, 20000, 5000, 15000, 2300],
  ['Berlin', true, 100, 20000, 2900, 15000, 2300],
  ['London', true, 100, 20000, 2900, 4800, 2300],
  ['Osaka', true, 100, 20000, 2900, 4800, 2300],
];
test.each(SSTORE)('storage of %s', (name, isNet, noop, set, reset, clear, sentry) => {
  const { params, rules } = forkNamed(name);
  expect(rules.netStorageMetering).toBe(isNet);
  expect([params.sstoreNoopGas, params.sstoreSetGas, params.sstoreResetGas]).toEqual([noop, set, reset]);
  expect([params.sstoreClearRefund, params.sstoreSentryGas]).toEqual([clear, sentry]);
});

const BLOBS: readonly (readonly [string, number, number, bigint])[] = [
  ['Cancun', 3, 6, 3338477n],
  ['Prague', 6, 9, 5007716n],
  ['Osaka', 6, 9, 5007716n],
  ['BPO1', 10, 15, 8346193n],
  ['BPO2', 14, 21, 11684671n],
  ['BPO3', 21, 32, 20609697n],
  ['BPO4', 14, 21, 13739630n],
];
test.each(BLOBS)('blobs of %s', (name, target, max, baseFeeUpdateFraction) => {
  expect(forkNamed(name).params.blobSchedule).toEqual({ target, max, baseFeeUpdateFraction });
});

describe('forkNamed', () => {
  test.each([
    ['EIP150', 'TangerineWhistle'],
    ['EIP158', 'SpuriousDragon'],
    ['ConstantinopleFix', 'Petersburg'],
    ['merge', 'Paris'],
    ['oSaKa', 'Osaka'],
  ])('%s is %s', (alias, name) => {
    expect(forkNamed(alias).name).toBe(name);
  });

  test('names them all where there is no such fork', () => {
    expect(() => forkNamed('Olympic')).toThrow(
      /^fork: expected one of Frontier, Homestead, .*, BPO4.*, got "Olympic"$/,
    );
    expect(() => forkNamed('')).toThrow(RangeError);
  });
});

describe('a fork of one’s own', () => {
  const mine: Fork = fork(
    'mine',
    prague,
    { eip: 7939, gas: { CLZ: 5 } },
    { eip: 0, gas: { MCOPY: null }, params: { maxCodeSize: 100 } },
  );

  test('is its parent but for what it says', () => {
    expect(mine.parent).toBe(prague);
    expect(mine.eips).toEqual([7939]);
    expect(mine.gas[0x1e]).toBe(5);
    expect(mine.gas[0x5e]).toBeUndefined();
    expect(mine.gas[0x01]).toBe(3);
    expect(mine.params).toEqual({ ...prague.params, maxCodeSize: 100 });
    expect(mine.rules).toEqual(prague.rules);
    expect([...mine.precompiles]).toEqual([...prague.precompiles]);
  });

  test('leaves its parent as it was', () => {
    expect(prague.gas[0x1e]).toBeUndefined();
    expect(prague.gas[0x5e]).toBe(3);
    expect(prague.params.maxCodeSize).toBe(24576);
  });

  test('cannot be changed afterwards', () => {
    expect(() => Object.assign(mine, { name: 'yours' })).toThrow(TypeError);
    expect(() => Object.assign(mine.params, { maxCodeSize: 1 })).toThrow(TypeError);
  });
});
