/** `evmill asm` and `evmill disasm`, in the tests' process. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { evmill } from './host.ts';

const TOKEN = fileURLToPath(new URL('../../fixtures/contracts/Token.json', import.meta.url));

test('asm reads a file or standard input, for a fork', async () => {
  expect(await evmill(['asm'], ['PUSH 0', 'PUSH 1'])).toEqual({ exitCode: 0, out: '0x5f6001\n', err: '' });
  expect((await evmill(['asm', '-', '--fork', 'Berlin'], ['PUSH 0'])).out).toBe('0x6000\n');
  const folder = mkdtempSync(join(tmpdir(), 'evmill-asm-'));
  writeFileSync(join(folder, 'a.evm'), 'loop: JUMPDEST JUMP @loop');
  expect((await evmill(['asm', join(folder, 'a.evm')])).out).toBe('0x5b600056\n');
  rmSync(folder, { recursive: true });
});

test('disasm lists code, and its source assembles to the same', async () => {
  const { out } = await evmill(['disasm', '0x5b60']);
  expect(out).toBe(
    '0000 > 5b          JUMPDEST\n0001   60          PUSH1 0x??  ; the code ends 1 byte early; zeros are read\n',
  );
  const source = await evmill(['disasm', TOKEN, '--source']);
  const { out: hex } = await evmill(['asm'], [source.out]);
  expect((await evmill(['disasm', hex.trim(), '--source'])).out).toBe(source.out);
  expect((await evmill(['disasm', '5f', '--fork', 'Berlin'])).out).toContain('PUSH0 in other forks');
});

test('mistakes are told in a sentence', async () => {
  const told = async (args: string[], stdin?: string[]) => {
    const { exitCode, out, err } = await evmill(args, stdin);
    expect([exitCode, out]).toEqual([2, '']);
    return err;
  };
  expect(await told(['asm'], ['PUSH 1', 'ADDD'])).toBe(
    'evmill asm: standard input: line 2, column 1: expected an instruction, got "ADDD"\n',
  );
  expect(await told(['asm'])).toContain('expected a file, or mnemonics on standard input');
  expect(await told(['asm', 'none.evm'])).toBe('evmill asm: none.evm: there is no such file\n');
  expect(await told(['disasm', '00', '--fork', 'x'])).toContain('--fork: expected one of');
  expect(await told(['disasm'])).toContain("missing required argument 'code'");
});
