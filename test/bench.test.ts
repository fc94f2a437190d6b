import { describe, expect, test } from 'vitest';
import { measureCold } from '../src/bench/cold.ts';
import { messageOf, openEvmill, stateOf } from '../src/bench/evmillPeer.ts';
import { CURVES, exponentBetween, measurePoint } from '../src/bench/growth.ts';
import { rateOf } from '../src/bench/loop.ts';
import { compare, Disagreement, type Figure } from '../src/bench/measure.ts';
import { opcodeLoops } from '../src/bench/opcodeLoops.ts';
import type { Outcome, Peer } from '../src/bench/peer.ts';
import { type Panel, plot } from '../src/bench/plot.ts';
import { precompileLoops } from '../src/bench/precompileLoops.ts';
import { parsePrograms, transactionGas } from '../src/bench/program.ts';
import { coldTable, growthTable, means, rateTable, table } from '../src/bench/report.ts';
import { geometricMean, spread, summarise } from '../src/bench/statistics.ts';
import { toHex } from '../src/bytes.ts';
import { createEvm } from '../src/chain/evm.ts';
import { forkNamed } from '../src/protocol/forks.ts';
import { OPCODES } from '../src/protocol/opcodes.ts';
import { SlotMap } from '../src/state/slotMap.ts';
import { runSync } from '../src/task.ts';

const TO = '0x00000000000000000000000000000000000000c0';
const FILE = {
  sample: {
    _info: { labels: { 0: 'none', 1: 'some' } },
    env: { currentNumber: '0x07', currentBaseFee: '0x01' },
    pre: { [TO]: { nonce: '0x01', balance: '0x02', code: '0x5b00', storage: { '0x03': '0x04' } } },
    transaction: {
      data: ['0x', '0x0001'],
      gasLimit: ['0x0f4240'],
      value: ['0x00'],
      to: TO,
      sender: `0x${'a9'.repeat(20)}`,
    },
    post: {
      London: [{ indexes: { data: 0, gas: 0, value: 0 } }, { indexes: { data: 1, gas: 0, value: 0 } }],
    },
  },
};
const PLAN = { seconds: 0.001, rounds: 3, burst: 0.1 };

/** A peer that claims times and outcomes. */
function pretender(name: string, ms: number, outcome: Partial<Outcome> = {}, detourMs?: number): Peer {
  const whole: Outcome = { success: true, output: '0x', gasUsed: 30_000n, ...outcome };
  return {
    name,
    version: '0',
    prepare: async () => {},
    run: async () => ({ ms, outcome: whole }),
    ...(detourMs === undefined ? {} : { detour: async () => detourMs }),
    close: async () => {},
  };
}

describe('programs', () => {
  test('one per data index, named by its label', () => {
    const programs = parsePrograms(FILE, 'file');
    expect(programs.map(({ name, data, intrinsicGas }) => [name, data, intrinsicGas])).toEqual([
      ['file/none', '0x', 21_000n],
      ['file/some', '0x0001', 21_020n],
    ]);
    expect(programs[0].accounts.get(TO)?.storage).toEqual(new Map([[3n, 4n]]));
    expect(programs[0].block.number).toBe(7n);
  });

  test('gas as a receipt says: refunds to a fifth, a floor from Prague on', () => {
    const [, program] = parsePrograms(FILE, 'file');
    expect(transactionGas(program, 980n, 0n)).toBe(22_000n);
    expect(transactionGas(program, 980n, 1_000n)).toBe(21_000n);
    expect(transactionGas(program, 980n, 10_000n)).toBe(17_600n);
    expect(transactionGas({ ...program, fork: 'Prague' }, 0n, 0n)).toBe(21_050n);
  });
});

test('quartiles lie between ranks', () => {
  const summary = summarise([4, 1, 3, 2]);
  expect(summary).toEqual({ count: 4, min: 1, lowerQuartile: 1.75, median: 2.5, upperQuartile: 3.25 });
  expect(spread(summary)).toBeCloseTo(0.3);
  expect(() => summarise([])).toThrow(RangeError);
  expect(geometricMean([2, 8])).toBeCloseTo(4);
});

describe('a comparison', () => {
  const [program] = parsePrograms(FILE, 'file');

  test('takes the detour off and tells the ratio', async () => {
    const found = await compare(program, [pretender('one', 2), pretender('two', 7, {}, 1)], PLAN);
    expect(found.executionGas).toBe(9_000n);
    const [one, two] = found.figures as [Figure, Figure];
    expect([one.min, one.median, two.min, two.median]).toEqual([2, 2, 6, 6]);
    expect(means([found])).toEqual([
      { peer: 'two', programs: 1, min: expect.closeTo(3), median: expect.closeTo(3) },
    ]);
    expect(table([found])).toContain('geometric mean two/one over 1 programs: 3.00 of minimums');
  });

  test('leaves out what is too short to tell', async () => {
    const found = await compare(program, [pretender('one', 2), pretender('two', 1, {}, 1)], PLAN);
    expect(found.figures[1].resolved).toBe(false);
    expect(means([found])[0].programs).toBe(0);
    expect(table([found])).toContain('too short');
  });

  test.each<[string, Partial<Outcome>]>([
    ['success', { success: false }],
    ['output', { output: '0x01' }],
    ['gas used', { gasUsed: 30_001n }],
  ])('fails where peers differ in %s', async (what, outcome) => {
    const found = compare(program, [pretender('one', 2), pretender('two', 2, outcome)], PLAN);
    await expect(found).rejects.toThrow(Disagreement);
    await expect(found).rejects.toThrow(`file/none: one and two: ${what} is `);
  });
});

describe('loops of opcodes', () => {
  const loops = opcodeLoops(/./);
  const gasOf = (name: string): number | undefined =>
    loops.find((loop) => loop.name === `opcode/${name}`)?.gas;

  test('there are of every opcode, and end well', () => {
    // making a loop runs it
    const covered = new Set(loops.map(({ opcode }) => opcode.name));
    expect(OPCODES.filter(({ name }) => !covered.has(name))).toEqual([]);
    expect(new Set(loops.map(({ name }) => name)).size).toBe(loops.length);
  });

  test.each([
    ['ADD small', 3],
    ['DIV by two limbs', 5],
    ['EXP to all ones', 10 + 32 * 50],
    ['CALLER', 2],
    ['PUSH32', 3],
    ['DUP16', 3],
    ['SWAP16', 3],
    ['DUPN', 3],
    ['POP', 3 + 2],
    ['SLOAD warm', 100],
    ['SLOAD cold', 2100],
    ['SSTORE same value', 100],
    ['SSTORE dirty', 100],
    ['SSTORE new slots', 22_100],
    ['BALANCE cold', 2600],
    ['LOG2 32 bytes', 375 * 3 + 8 * 32],
    ['KECCAK256 136 bytes', 30 + 6 * 5],
    ['CALL of code that stops', 100],
    ['CALL with value', 100 + 9000 - 2300],
    ['JUMPI never taken', 10 + 3 + 3 + 1],
  ])('%s costs %i gas', (name, gas) => expect(gasOf(name)).toBe(gas));

  test('leave what is around the opcode out of its figures', async () => {
    const [loop] = opcodeLoops(/SLOAD warm$/);
    const figure = async (whole: number, empty: number) =>
      rateOf(
        loop,
        await compare(loop.program, [pretender('one', whole)], PLAN),
        await compare(loop.program, [pretender('one', empty)], PLAN),
      );
    const told = await figure(3, 1);
    expect(told.nanoseconds).toBeCloseTo(2e6 / loop.uses);
    expect(told.rate).toBeCloseTo((100 * loop.uses) / 2e3);
    const hidden = await figure(1.01, 1);
    expect(hidden.rate).toBeUndefined();
    expect(rateTable([hidden, told])).toMatch(/^.*\n.* 100 .*\n.*hidden/);
  });
});

describe('loops of precompiles', () => {
  const loops = precompileLoops(/./);

  test('there are of every precompile', () => {
    const groups = new Set(loops.map(({ program }) => program.group));
    expect(groups.size).toBe(forkNamed('Osaka').precompiles.size);
  });

  // one that fails takes all gas of its call, and with it no turn of the loop is like another
  test('do not fail, and what they are to find holds', () => {
    for (const { name, program, gas } of loops) {
      const evm = createEvm({ fork: forkNamed(program.fork) });
      const once = { ...messageOf(program), data: messageOf(program).data!.slice() };
      once.data.fill(0, 0, 32)[31] = 1;
      const { status, output } = runSync(evm.call(once), stateOf(program));
      expect(status, name).toBe('success');
      expect(gas, name).toBeLessThan(16_777_216 / 2);
      if (/pairing|Pairing|p256Verify signed/.test(name))
        expect(BigInt(toHex(output)), name).toBe(name.includes('1 pairs') ? 0n : 1n);
      if (/ecrecover signed|kzg|Msm|Add|map/i.test(name)) expect(output.length, name).toBeGreaterThan(0);
    }
  });

  test.each([
    ['ecrecover signed', 3000],
    ['sha256 32 bytes', 72],
    ['bn254Pairing 2 pairs', 45_000 + 2 * 34_000],
    ['blake2f 12 rounds', 12],
    ['kzgPointEvaluation proof', 50_000],
    ['p256Verify signed', 6900],
  ])('%s costs %i gas', (name, gas) => {
    expect(loops.find((loop) => loop.name === `precompile/${name}`)?.gas).toBe(gas);
  });
});

describe('growth', () => {
  test('programs do what their names say, and gas grows with the size', async () => {
    const peer = openEvmill('0');
    for (const curve of CURVES) {
      const [small, large] = [curve.sizes[0], curve.sizes[2]];
      const plan = { rounds: 1, seconds: 0 };
      const a = await measurePoint(curve, small, peer, plan);
      const b = await measurePoint(curve, large, peer, plan);
      expect(b.gas, curve.name).toBeGreaterThan(a.gas);
    }
  });

  test.each(CURVES)('code of no two programs of $name is the same', (curve) => {
    const codes = [1, 2]
      .flatMap((salt) => [...curve.make(4, salt).accounts.values()].map(({ code }) => code))
      .filter((code) => code !== '0x');
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('is told as a power', () => {
    expect(exponentBetween([10, 1], [100, 100])).toBeCloseTo(2);
    const point = (size: number, ms: number) => ({
      size,
      found: new Map([
        ['one', { size, gas: 5, first: summarise([ms]), hot: summarise([ms]), memory: 2 ** 20 }],
      ]),
    });
    const told = growthTable([{ name: 'loop', unit: 'turns', points: [point(10, 1), point(100, 10)] }]);
    expect(told).toMatch(/^loop, turns .*\n10 .*1\.00 +1\.00 .*\n100 .*10\.0 +10\.0 +\^1\.00/);
  });
});

test('first runs are of fresh processes, both ways', () => {
  const [sample] = parsePrograms(FILE, 'file');
  // storage as diffs have it where there is much of it, which does not get to another process by itself
  const accounts = [...sample.accounts].map(
    ([address, account]) => [address, { ...account, storage: new SlotMap(account.storage) }] as const,
  );
  const figure = measureCold({ ...sample, accounts: new Map(accounts) }, 1);
  expect([figure.auto.count, figure.interpreter.count, figure.start.count]).toEqual([1, 1, 2]);
  expect(coldTable([figure])).toContain('file/none');
});

describe('the picture', () => {
  const dots = (values: readonly number[]): Panel => ({
    kind: 'dots',
    title: 'a < b & c',
    unit: 'times',
    reference: 1,
    rows: values.map((value, index) => ({ label: `row ${index}`, marks: [{ series: 'one', value }] })),
  });

  /** Across, of every dot behind the legend's. */
  const dotsAt = (svg: string): number[] =>
    [...svg.matchAll(/<circle cx="([\d.]+)" cy="[\d.]+" r="4"/g)].slice(1).map(([, x]) => Number(x));

  test('has dots where values are on a logarithmic axis', () => {
    const [a, b, c] = dotsAt(plot('heading', [dots([1, 10, 100])]));
    expect(c - b).toBeCloseTo(b - a, 0);
    expect(b).toBeGreaterThan(a);
  });

  test('has lines, dashed ones too, and is well formed', () => {
    const points = [[1, 1] as const, [10, 5] as const];
    const lines = [
      { series: 'hot', isDashed: false, points },
      { series: 'first', isDashed: true, points },
    ];
    const svg = plot('x', [dots([2]), { kind: 'lines', title: 'loop', xUnit: 'turns', yUnit: 'ms', lines }]);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('leaves out panels of nothing', () => {
    expect(plot('x', [dots([])])).not.toContain('a &lt; b');
  });
});
