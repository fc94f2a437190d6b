/** Forks of one's own, by data. */

import { describe, expect, test } from 'vitest';
import { createEvm } from '../../src/chain/evm.ts';
import { byzantium, type Fork, fork, osaka } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { CALLER, type Piece, program, runOn } from './program.ts';

describe('a fork', () => {
  const cheap = fork('cheap', osaka, {
    eip: 0,
    gas: { ADD: 1, MSTORE: 0, CLZ: null },
    params: { memoryWordGas: 10, expByteGas: 1 },
  });

  test('prices as it says', () => {
    expect(runOn({ fork: cheap }, [1n, 2n, 'ADD', 0n, 'MSTORE']).gasUsed).toBe(6n + 1n + 3n + 10n);
    expect(runOn({ fork: cheap }, [256n, 2n, 'EXP']).gasUsed).toBe(6n + 10n + 2n);
    expect(runOn({ fork: cheap }, [1n, 'CLZ']).halt?.reason).toBe('undefinedOpcode');
    expect(runOn({ fork: osaka }, [1n, 'CLZ']).status).toBe('success');
  });

  test('may be a copy of another with something changed', () => {
    const copy: Fork = {
      ...osaka,
      name: 'copy',
      params: { ...osaka.params, expByteGas: 1000, maxInitcodeSize: 10 },
    };
    const code: Piece[] = [256n, 2n, 'EXP', 'POP', 11n, 0n, 0n, 'CREATE'];
    expect(runOn({ fork: osaka }, code).status).toBe('success');
    expect(runOn({ fork: copy }, code).halt?.reason).toBe('initcodeTooLarge');
    expect(runOn({ fork: copy }, code.slice(0, 3)).gasUsed).toBe(6n + 10n + 2000n);
    expect(runOn({ fork: osaka }, code.slice(0, 3)).gasUsed).toBe(6n + 10n + 100n);
  });

  test('has limits of its own', () => {
    const tiny = fork('tiny', byzantium, { eip: 170, params: { maxCodeSize: 4 } });
    const deploy = (size: bigint) => {
      const message = { caller: CALLER, to: null, data: program(size, 0n, 'RETURN'), gas: 100_000n };
      return runSync(createEvm({ fork: tiny }).call(message), memoryState(new Map()));
    };
    expect(deploy(4n).status).toBe('success');
    expect(deploy(5n).halt?.reason).toBe('codeTooLarge');
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'in which an opcode costs %d is refused',
    (gas) => {
      expect(() => createEvm({ fork: fork('wrong', osaka, { eip: 0, gas: { ADD: gas } }) })).toThrow(
        /^fork wrong: expected .*ADD/,
      );
    },
  );

  test.each([-1, 0.5, Number.NaN, undefined])('in which a parameter is %s is refused', (copyWordGas) => {
    const wrong = { ...osaka, name: 'wrong', params: { ...osaka.params, copyWordGas } } as Fork;
    expect(() => createEvm({ fork: wrong })).toThrow(/^fork wrong: expected .*copyWordGas/);
  });

  test('that lacks a parameter because it is the first of its chain is refused', () => {
    expect(() => createEvm({ fork: fork('bare', null, { eip: 0, gas: { ADD: 3 } }) })).toThrow(RangeError);
  });
});
