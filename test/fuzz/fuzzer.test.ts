/** The fuzzer itself: repeatable, and able to find, to make small and to write down what differs. */

import { describe, expect, test } from 'vitest';
import { stateTestMachine } from '../../src/conformance/stateTestMachine.ts';
import { runStateTests } from '../../src/conformance/stateTests.ts';
import { casesIn, stateTestText } from '../../src/fuzz/corpus.ts';
import { coverageEntries } from '../../src/fuzz/coverage.ts';
import type { FuzzCase } from '../../src/fuzz/fuzzCase.ts';
import { Fuzzer, type FuzzSettings } from '../../src/fuzz/fuzzer.ts';
import { generateCase } from '../../src/fuzz/generateCase.ts';
import { lift, lower } from '../../src/fuzz/instructions.ts';
import { minimise } from '../../src/fuzz/minimise.ts';
import { runCase } from '../../src/fuzz/outcome.ts';
import { Random } from '../../src/fuzz/random.ts';
import { FORKS, osaka } from '../../src/protocol/forks.ts';
import { OPCODE_NAMED } from '../../src/protocol/opcodes.ts';

const SETTINGS: FuzzSettings = {
  seed: 7n,
  forks: FORKS.map(({ name }) => name),
  clients: [],
  corpus: undefined,
};

const textOf = (fuzzCase: FuzzCase): string =>
  stateTestText('one', fuzzCase, runCase(fuzzCase, 'interpreter'));

describe('programs', () => {
  test('are the same for the same seed and number, and others for others', () => {
    const text = (seed: bigint, number: number): string =>
      textOf(generateCase(new Random(seed, number), osaka));
    expect(text(7n, 3)).toBe(text(7n, 3));
    expect(text(7n, 3)).not.toBe(text(7n, 4));
    expect(text(7n, 3)).not.toBe(text(8n, 3));
  });

  test('come to the same in every run of the fuzzer', async () => {
    const [one, other] = [new Fuzzer(SETTINGS), new Fuzzer(SETTINGS)];
    for (let number = 0; number < 12; number++) {
      const { coverage, ...report } = await one.run(number);
      const again = await other.run(number);
      expect(coverageEntries(again.coverage)).toEqual(coverageEntries(coverage));
      expect(again).toMatchObject({ cases: report.cases, steps: report.steps, findings: [] });
      expect(report.findings).toEqual([]);
    }
    one.close();
    other.close();
  });

  test('written as state tests pass as such, and are read as what they were', () => {
    const machine = stateTestMachine('auto');
    let invalid = 0;
    for (let number = 0; number < 60; number++) {
      const random = new Random(11n, number);
      const fuzzCase = generateCase(random, FORKS[number % FORKS.length]);
      const limit = number % 10 === 0 ? { gasLimit: 20_000n } : {};
      const limited = { ...fuzzCase, transaction: { ...fuzzCase.transaction, ...limit } };
      const text = textOf(limited);
      const results = [...runStateTests(JSON.parse(text), machine, { selects: () => true })];
      expect(results.map(({ pass, error }) => [pass, error])).toEqual([[true, undefined]]);
      if (text.includes('expectException')) invalid++;
      expect(textOf(casesIn(text)[0])).toBe(text);
    }
    expect(invalid).toBeGreaterThan(5);
  });

  test('shift words from memory and call data by whole limbs', () => {
    const loads: readonly number[] = [OPCODE_NAMED.MLOAD.code, OPCODE_NAMED.CALLDATALOAD.code];
    const shifts: readonly number[] = [OPCODE_NAMED.SHL.code, OPCODE_NAMED.SHR.code, OPCODE_NAMED.SAR.code];
    let found = 0;
    for (let number = 0; number < 100; number++) {
      const { pre } = generateCase(new Random(13n, number), osaka);
      for (const { code } of pre.values()) {
        const instructions = lift(code);
        found += instructions.filter(({ immediate }, at) => {
          const [before, after] = [instructions[at - 1], instructions[at + 1]];
          const isWhole = immediate.length === 1 && immediate[0] > 0 && immediate[0] % 64 === 0;
          return isWhole && loads.includes(before?.op) && shifts.includes(after?.op);
        }).length;
      }
    }
    expect(found).toBeGreaterThan(50);
  });

  test('reach most opcodes of a fork soon', async () => {
    const fuzzer = new Fuzzer({ ...SETTINGS, forks: ['Osaka'] });
    const seen = new Set<string>();
    const outcomes = new Set<string>();
    for (let number = 0; number < 120; number++) {
      const { coverage } = await fuzzer.run(number);
      for (const { opcode, outcome } of coverageEntries(coverage)) {
        if (outcome === 'ok') seen.add(opcode);
        outcomes.add(outcome);
      }
    }
    fuzzer.close();
    expect(seen.size).toBeGreaterThan(osaka.gas.filter((gas) => gas !== undefined).length * 0.8);
    for (const outcome of ['outOfGas', 'stackUnderflow', 'badJump', 'staticViolation', 'childRevert']) {
      expect([...outcomes]).toContain(outcome);
    }
  });
});

describe('instructions', () => {
  test('become the code that they came from', () => {
    for (let number = 0; number < 200; number++) {
      const random = new Random(3n, number);
      const code = random.bytes(random.below(200));
      expect(lower(lift(code))).toEqual(code);
      const { pre } = generateCase(random, osaka);
      for (const { code: own } of pre.values()) expect(lower(lift(own))).toEqual(own);
    }
  });

  test('still jump where they jumped when others go before them', () => {
    // JUMPDEST at 4: PUSH1 4, JUMP, INVALID, JUMPDEST
    const code = Uint8Array.of(0x60, 0x04, 0x56, 0xfe, 0x5b);
    const longer = lift(code).toSpliced(0, 0, ...lift(Uint8Array.of(0x58, 0x50)));
    expect(lower(longer)).toEqual(Uint8Array.of(0x58, 0x50, 0x60, 0x06, 0x56, 0xfe, 0x5b));
  });
});

describe('a difference', () => {
  /** Whether a run carries out a multiplication by more than 1: what a client that cannot multiply gets wrong. */
  const multiplies = (fuzzCase: FuzzCase): boolean => {
    let found = false;
    runCase(fuzzCase, 'interpreter', {
      tracer: {
        onStep(step) {
          const { op, error, stackSize } = step;
          if (op !== OPCODE_NAMED.MUL.code || error !== undefined || stackSize < 2) return;
          found ||= step.peek(0) > 1n;
        },
      },
    });
    return found;
  };

  test('is made small', async () => {
    let fuzzCase: FuzzCase | undefined;
    for (let number = 0; fuzzCase === undefined; number++) {
      const candidate = generateCase(new Random(5n, number), osaka);
      if (multiplies(candidate)) fuzzCase = candidate;
    }
    const small = await minimise(fuzzCase, async (one) => multiplies(one));
    expect(multiplies(small)).toBe(true);
    const codes = [...small.pre.values()].filter(({ code }) => code.length > 0);
    expect(codes.length).toBeLessThanOrEqual(2);
    const instructions = codes.reduce((sum, { code }) => sum + lift(code).length, 0);
    expect(instructions).toBeLessThanOrEqual(12);
    expect(small.transaction.type).toBe(0);
    expect(textOf(small).length).toBeLessThan(textOf(fuzzCase).length);
  });
});
