/** The assembler, the disassembler, and that one undoes the other. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../src/assembler/assemble.ts';
import { disassemble, listing, source } from '../../src/assembler/disassemble.ts';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { berlin, FORKS, osaka } from '../../src/protocol/forks.ts';
import { OPCODES } from '../../src/protocol/opcodes.ts';

const asm = (text: string, fork = osaka) => toHex(assemble(text, fork));

describe('assemble', () => {
  test('pushes take as many bytes as their number needs', () => {
    expect(asm('PUSH 0 PUSH 0x00ff PUSH 256 PUSH1 1 PUSH3 0x1')).toBe('0x5f60ff610100600162000001');
    expect(asm('PUSH 0', berlin)).toBe('0x6000');
    expect(asm(`PUSH ${2n ** 256n - 1n}`)).toBe(`0x7f${'ff'.repeat(32)}`);
  });

  test('labels, comments, commas, raw bytes, synonyms and any case', () => {
    const text = `
      start: jumpdest      ; here
        push @start, jump  // and back
        JUMPI @data        # no
        sha3 0xC0FFEE
      data: INVALID`;
    expect(asm(text)).toBe('0x5b600056600b5720c0ffeefe');
  });

  test('pushes of labels grow until every position fits', () => {
    // 255 bytes of code before the label would fit a byte if the push itself did not take two
    const text = `PUSH @end ${'STOP '.repeat(253)} end: JUMPDEST PUSH @end`;
    expect(assemble(text, osaka).length).toBe(2 + 253 + 1 + 2);
    const longer = `PUSH @end ${'STOP '.repeat(254)} end: JUMPDEST PUSH @end`;
    expect(assemble(longer, osaka).length).toBe(3 + 254 + 1 + 3);
    expect(asm(longer).endsWith('5b610101')).toBe(true);
    expect(asm('PUSH4 @end end: JUMPDEST')).toBe('0x63000000055b');
  });

  test.each([
    ['PUSH1 256', 'line 1, column 7: PUSH1: expected a number of at most 1 byte, got 256'],
    ['STOP\n  PUSHH 1', 'line 2, column 3: expected an instruction, got "PUSHH"'],
    ['PUSH1', 'line 1, column 1: PUSH1: expected a number behind it, got the end'],
    ['PUSH ADD', 'line 1, column 6: PUSH: expected a number or a @label behind it, got "ADD"'],
    ['1 2 ADD', 'line 1, column 1: expected an instruction, got the number 1: PUSH 1 pushes it'],
    ['JUMP @no', 'line 1, column 6: there is no label no'],
    ['a: a: STOP', 'line 1, column 4: label a is there already'],
    ['0x123', 'line 1, column 1: hex: expected an even number of digits, got 3'],
    [`PUSH ${2n ** 256n}`, `line 1, column 6: expected a number below 2^256, got ${2n ** 256n}`],
    [
      `PUSH1 @far ${'STOP '.repeat(300)} far: STOP`,
      'line 1, column 7: PUSH1: expected a label within its reach, got @far at 302',
    ],
  ])('%j is refused', (text, message) => {
    expect(() => assemble(text, osaka)).toThrow(message);
  });
});

describe('disassemble', () => {
  test('jump destinations are marked, unknown bytes are INVALID, truncated pushes are shown', () => {
    const code = fromHex('60016004565b0c5ffe731122');
    expect([...listing(code, osaka)]).toEqual([
      '0000   6001        PUSH1 0x01',
      '0002   6004        PUSH1 0x04',
      '0004   56          JUMP',
      '0005 > 5b          JUMPDEST',
      '0006   0c          INVALID 0x0c  ; no opcode',
      '0007   5f          PUSH0',
      '0008   fe          INVALID',
      `0009   731122      PUSH20 0x1122${'??'.repeat(18)}  ; the code ends 18 bytes early; zeros are read`,
    ]);
    expect([...listing(fromHex('5f'), berlin)][0]).toContain('PUSH0 in other forks');
  });

  test('a byte inside a push is no jump destination', () => {
    expect([...disassemble(fromHex('605b5b'), osaka)].map(({ pc }) => pc)).toEqual([0, 2]);
  });
});

describe('the round trip', () => {
  const code = fc.oneof(
    fc.uint8Array({ maxLength: 300, size: 'max' }),
    // all opcodes that exist, so that pushes of all widths swallow others and are cut off at the end
    fc
      .array(fc.constantFrom(...OPCODES), { maxLength: 100 })
      .map((opcodes) => Uint8Array.from(opcodes, (opcode) => opcode.code)),
  );

  test('what disassembles assembles to the same bytes, in every fork', () => {
    fc.assert(
      fc.property(code, fc.constantFrom(...FORKS), (bytes, fork) => {
        expect(toHex(assemble([...source(bytes, fork)].join('\n'), fork))).toBe(toHex(bytes));
      }),
    );
  });

  test('instructions cover the code without gaps', () => {
    fc.assert(
      fc.property(code, fc.constantFrom(...FORKS), (bytes, fork) => {
        expect(toHex(concatBytes(...[...disassemble(bytes, fork)].map((one) => one.bytes)))).toBe(
          toHex(bytes),
        );
      }),
    );
  });
});
