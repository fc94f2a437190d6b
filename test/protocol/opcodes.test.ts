/** The one list of opcodes, by rules that any list of them must keep. */

import { expect, test } from 'vitest';
import { OPCODE_AT, OPCODE_NAMED, OPCODES } from '../../src/protocol/opcodes.ts';

test('codes and names are unique and in order', () => {
  const codes = OPCODES.map(({ code }) => code);
  expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  expect(new Set(OPCODES.map(({ name }) => name)).size).toBe(OPCODES.length);
  expect(codes.every((code) => code >= 0 && code <= 255 && code !== 0xfe)).toBe(true);
});

test('both ways of finding one find the same', () => {
  for (const opcode of OPCODES) {
    expect(OPCODE_AT[opcode.code]).toBe(opcode);
    expect(OPCODE_NAMED[opcode.name]).toBe(opcode);
  }
  expect(OPCODE_AT.filter((opcode) => opcode !== undefined)).toHaveLength(OPCODES.length);
  expect(OPCODE_AT).toHaveLength(256);
});

test('families count as their names say', () => {
  for (let n = 0; n <= 32; n++) {
    expect(OPCODE_AT[0x5f + n]).toMatchObject({ name: `PUSH${n}`, pops: 0, pushes: 1, immediate: n });
  }
  for (let n = 1; n <= 16; n++) {
    expect(OPCODE_AT[0x7f + n]).toMatchObject({ name: `DUP${n}`, pops: n, pushes: n + 1, immediate: 0 });
    expect(OPCODE_AT[0x8f + n]).toMatchObject({ name: `SWAP${n}`, pops: n + 1, pushes: n + 1, immediate: 0 });
  }
  for (let n = 0; n <= 4; n++) {
    expect(OPCODE_AT[0xa0 + n]).toMatchObject({ name: `LOG${n}`, pops: n + 2, pushes: 0, immediate: 0 });
  }
});

test('what opens a frame takes its operands and leaves one word', () => {
  const rows = OPCODES.filter(({ kind }) => kind === 'frame').map(({ name, pops, pushes }) => [
    name,
    pops,
    pushes,
  ]);
  expect(rows).toEqual([
    ['CREATE', 3, 1],
    ['CALL', 7, 1],
    ['CALLCODE', 7, 1],
    ['DELEGATECALL', 6, 1],
    ['CREATE2', 4, 1],
    ['STATICCALL', 6, 1],
  ]);
});

test('halts are these', () => {
  const halts = OPCODES.filter(({ kind }) => kind === 'halt').map(({ name }) => name);
  expect(halts).toEqual(['STOP', 'RETURN', 'REVERT', 'SELFDESTRUCT']);
});
