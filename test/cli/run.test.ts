/** `evmill run`, in the tests' process. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksummed } from '../../src/chain/checksum.ts';
import { evmill } from './host.ts';

const TOKEN = fileURLToPath(new URL('../../fixtures/contracts/Token.json', import.meta.url));
const word = (value: number | bigint) => BigInt(value).toString(16).padStart(64, '0');
const RECEIVER = `0x${'7265636569766572'.padStart(40, '0')}`;

let folder: string;
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evmill-run-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function json(...args: string[]) {
  const { exitCode, out, err } = await evmill(['run', '--json', ...args]);
  expect(err).toBe('');
  return { exitCode, ...JSON.parse(out) };
}

/** The sentence that a wrong command line gets. */
async function told(...args: string[]): Promise<string> {
  const { exitCode, out, err } = await evmill(['run', ...args]);
  expect([exitCode, out]).toEqual([2, '']);
  expect(err).toMatch(/^evmill run: [^\n]+\n$/);
  return err.slice('evmill run: '.length, -1);
}

const ADDITION = '600160020160005260206000f3';
const THREE = `0x${word(3)}`;

test.each([
  // A slot's 32 bytes at 1174 gas each, however much gas there is.
  ['balDevnet', 5006, 32 * 1174, '42,574', '5,006 for execution, 37,568 for new state'],
  // A cold slot and a write; 64 bytes at 1530 gas.
  ['amsterdam', 12_106, 64 * 1530, '110,026', '12,106 for execution, 97,920 for new state'],
])('gas of Amsterdam is of two kinds: %s', async (fork, regular, state, sum, parts) => {
  const args = ['PUSH 1 PUSH 1 SSTORE', '--fork', fork];
  expect(await json(...args)).toMatchObject({
    gasUsed: `0x${(regular + state).toString(16)}`,
    regularGasUsed: `0x${regular.toString(16)}`,
    stateGasUsed: `0x${state.toString(16)}`,
  });
  const { out } = await evmill(['run', ...args]);
  expect(out).toContain(`gas used  ${sum}\n          ${parts}\n`);
  expect(await json('PUSH 1 PUSH 1 SSTORE')).not.toHaveProperty('stateGasUsed');
});

test('gas of Amsterdam is told apart where nothing is created, too', async () => {
  const args = ['PUSH 1 POP', '--fork', 'amsterdam'];
  expect(await json(...args)).toMatchObject({ gasUsed: '0x5', regularGasUsed: '0x5', stateGasUsed: '0x0' });
  expect((await evmill(['run', ...args])).out).toContain('\n          5 for execution, 0 for new state\n');
});

test('gas for new state alone is taken first, and what is left of it is told', async () => {
  const args = ['PUSH 1 PUSH 1 SSTORE', '--fork', 'amsterdam', '--gas', '20000', '--state-gas', '100000'];
  expect(await json(...args)).toMatchObject({
    status: 'success',
    gasUsed: `0x${(110_026).toString(16)}`,
    gasLeft: `0x${(20_000 - 12_106).toString(16)}`,
    stateGasLeft: `0x${(100_000 - 97_920).toString(16)}`,
  });
  expect((await evmill(['run', ...args])).out).toContain(
    'gas left  7,894\n          2,080 more for new state alone\n',
  );
  expect(await told(args[0], '--state-gas', '5')).toBe(
    '--state-gas: expected a fork that counts gas for new state apart, got Osaka',
  );
});

describe('code', () => {
  test('is hex, mnemonics, a file of either or of bytes, or standard input', async () => {
    const text = 'PUSH 1 PUSH 2 ADD\nPUSH1 0 MSTORE PUSH 32 PUSH1 0 RETURN';
    const ways = [
      ADDITION,
      `0x${ADDITION}`,
      text,
      file('code.hex', `0x${ADDITION}\n`),
      file('code.bin', Buffer.from(ADDITION, 'hex')),
      file('code.evm', `; adds\n${text}`),
    ];
    for (const code of ways) expect(await json(code)).toMatchObject({ exitCode: 0, output: THREE });
    const piped = await evmill(['run', '-', '--json'], [ADDITION]);
    expect(JSON.parse(piped.out).output).toBe(THREE);
  });

  test("is a contract of a compiler's output, in any of its forms", async () => {
    const both = {
      'a.sol:A': { bin: 'fe', 'bin-runtime': '00' },
      'a.sol:B': { bin: '00', 'bin-runtime': ADDITION },
    };
    const combined = file('combined.json', JSON.stringify({ contracts: both, version: '0.8' }));
    expect(await json(combined, '--contract', 'B')).toMatchObject({ output: THREE });
    expect(await json(combined, '--contract', 'a.sol:A', '--create')).toMatchObject({
      exitCode: 1,
      status: 'halt',
    });
    const hardhat = file(
      'artifact.json',
      JSON.stringify({ contractName: 'C', bytecode: '0x', deployedBytecode: `0x${ADDITION}` }),
    );
    expect(await json(hardhat)).toMatchObject({ output: THREE });
    const foundry = file('foundry.json', JSON.stringify({ deployedBytecode: { object: `0x${ADDITION}` } }));
    expect(await json(foundry)).toMatchObject({ output: THREE });

    expect(await told(combined)).toBe(
      `${combined} holds several contracts: name one with --contract, of a.sol:A, a.sol:B`,
    );
    expect(await told(combined, '--contract', 'C')).toContain(
      'expected one of a.sol:A, a.sol:B, got C, which is none',
    );
    expect(await told(foundry, '--create')).toContain('leave --create out');
    const initcodeOnly = file('initcode.json', JSON.stringify({ bytecode: '0x00' }));
    expect(await told(initcodeOnly)).toContain('add --create');
    const unlinked = file(
      'unlinked.json',
      JSON.stringify({ deployedBytecode: `73__$${'a'.repeat(34)}$__00` }),
    );
    expect(await told(unlinked)).toContain('a place for the library __$');
    expect(await told(file('empty.json', '{}'))).toContain('expected a contract with code, got none');
  });
});

describe('what is printed', () => {
  test('success: output, gas and logs in words', async () => {
    const { exitCode, out } = await evmill(['run', TOKEN, '--input', `40c10f19${word(0xbeef)}${word(1000)}`]);
    expect(exitCode).toBe(0);
    expect(out).toBe(`status    success
output    0x${word(1)}
          true
gas used  46,740
gas left  9,999,953,260
log 0     Transfer(from: 0x${'0'.repeat(40)}, to: 0x${'beef'.padStart(40, '0')}, value: 1000)
          address ${RECEIVER}
          topic 0 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef
          topic 1 0x${word(0)}
          topic 2 0x${word(0xbeef)}
          data    0x${word(1000)}
`);
  });

  test('revert: its reason', async () => {
    const transfer = (to: number) => ['--input', `a9059cbb${word(to)}${word(1000)}`];
    const own = await evmill(['run', TOKEN, ...transfer(1)]);
    expect(own.exitCode).toBe(1);
    expect(own.out).toContain('status    revert: InsufficientBalance(account: 0x');
    expect(await json(TOKEN, ...transfer(0))).toMatchObject({
      exitCode: 1,
      status: 'revert',
      revertReason: 'Error("transfer to nobody")',
      gasUsed: '0x20d',
      logs: [],
    });
    const { out } = await evmill(['run', `634e487b7160e01b5f5260116004526024${'5ffd'}`]);
    expect(out).toContain('status    revert: Panic(0x11): an integer overflows or underflows\n');
  });

  test('halt: its reason, where, and at what opcode', async () => {
    const { exitCode, out } = await evmill(['run', '600756']);
    expect(exitCode).toBe(1);
    expect(out).toContain('status    halt: jump to a place that is no JUMPDEST, at pc 2 (JUMP)\n');
    expect(await json('0c')).toMatchObject({
      halt: { reason: 'undefinedOpcode', pc: 0, opcode: 12, name: 'INVALID' },
    });
    expect(await json('00', '--value', '1')).toMatchObject({
      exitCode: 1,
      halt: { reason: 'insufficientBalance' },
    });
  });

  test('--json has a shape to rely on', async () => {
    const result = await json(TOKEN, '--create', '--input', word(5), '--dump');
    expect(Object.keys(result)).toEqual([
      'exitCode',
      'status',
      'output',
      'gasUsed',
      'gasLeft',
      'gasRefund',
      'created',
      'logs',
      'state',
    ]);
    const [created] = Object.keys(result.state.accounts).filter(
      (address) => result.state.accounts[address].code,
    );
    expect(created.toLowerCase()).toBe(result.created);
    expect(result.state.accounts[created].code).toBe(result.output);
    expect(Object.keys(result.logs[0])).toEqual(['address', 'topics', 'data', 'event']);
  });

  test('--trace and --dump are what go-ethereum prints', async () => {
    const { out, err } = await evmill(['run', '--trace', '--dump', '6040']);
    expect(err.split('\n')[0]).toBe(
      '{"pc":0,"op":96,"gas":"0x2540be400","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}',
    );
    const { root, accounts } = JSON.parse(out);
    expect(root).toBe('b444481d1367188172f8c6091e948aaa68bae763fd26d6b9e994306a66bf69f9');
    expect(accounts[RECEIVER]).toEqual({
      balance: '0',
      nonce: 0,
      root: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
      codeHash: '0x3e48ef54b89079a075f3b8fc253c657a86b110a7aed3568c1517b10edf2c3eb6',
      code: '0x6040',
      address: RECEIVER,
      key: '0x30d7a0694cb29af31b982480e11d7ebb003a3fca4026939149071f014689b142',
    });
    // an example of EIP-55
    expect(checksummed('0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed')).toBe(
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    );
  });

  test('--fork list names every fork, and --help shows examples', async () => {
    expect((await evmill(['run', '--fork', 'list'])).out).toMatch(
      /^Frontier\nHomestead .*\n[\s\S]*Osaka .* \(default\)\n/,
    );
    expect((await evmill(['run', '--help'])).out).toContain('Examples:\n');
  });
});

describe('options', () => {
  test('environment, budget and rules', async () => {
    const returned = (op: string) => `${op} PUSH1 0 MSTORE PUSH 32 PUSH1 0 RETURN`;
    expect(await json(returned('CALLER'), '--sender', '0xabc')).toMatchObject({ output: `0x${word(0xabc)}` });
    expect(await json(returned('ADDRESS'), '--receiver', 'abc')).toMatchObject({
      output: `0x${word(0xabc)}`,
    });
    expect(await json(returned('GASPRICE'), '--price', '1_000')).toMatchObject({ output: `0x${word(1000)}` });
    expect(await json(returned('GAS'), '--gas', '0x100')).toMatchObject({ output: `0x${word(254)}` });
    const input = file('input.hex', `0x${word(7)}\n`);
    expect(await json(returned('PUSH1 0 CALLDATALOAD'), '--input-file', input)).toMatchObject({
      output: `0x${word(7)}`,
    });
    expect(await json('5f', '--fork', 'berlin')).toMatchObject({ halt: { reason: 'undefinedOpcode' } });
    expect(await json('5b600056', '--steps', '1000')).toMatchObject({ halt: { reason: 'stepsExhausted' } });
    expect(await json('PUSH 9000000 MLOAD', '--memory', '8M')).toMatchObject({
      halt: { reason: 'memoryCeiling' },
    });
  });

  test('a prestate: bare accounts, or a genesis with its block and fork', async () => {
    const account = { code: `0x${'54'.padStart(4, '5f')}5f5260205ff3`, storage: { '0x0': '0x2a' } };
    const bare = file(
      'alloc.json',
      JSON.stringify({ c0de: account }).replace('c0de', `${'0'.repeat(36)}c0de`),
    );
    expect(await json('--prestate', bare, '--receiver', 'c0de')).toMatchObject({ output: `0x${word(42)}` });
    const genesis = file(
      'genesis.json',
      JSON.stringify({
        config: {
          chainId: 7,
          homesteadBlock: 0,
          eip150Block: 0,
          eip155Block: 0,
          eip158Block: 0,
          byzantiumBlock: 0,
        },
        difficulty: '0x20000',
        number: '0x9',
        alloc: { [`${'0'.repeat(24)}73656e646572`.padStart(40, '0')]: { balance: '0x10' } },
      }),
    );
    expect(
      await json('NUMBER PUSH1 0 MSTORE PUSH 32 PUSH1 0 RETURN', '--prestate', genesis, '--value', '16'),
    ).toMatchObject({
      exitCode: 0,
      output: `0x${word(9)}`,
    });
    // Byzantium has no SHL
    expect(await json('600160011b', '--prestate', genesis)).toMatchObject({
      halt: { reason: 'undefinedOpcode' },
    });
    expect(await told('--prestate', bare)).toContain('gives 0x0000000000000000000000007265636569766572 none');
    expect(await told('00', '--prestate', file('no.json', '[]'))).toContain('expected accounts by address');
    expect(await told('00', '--prestate', file('bad.json', '{"zz":{}}'))).toContain('expected a');
  });

  test('--abi names what the code cannot', async () => {
    const { abi } = JSON.parse(readFileSync(TOKEN, 'utf8')).contracts['Token.sol'].Token;
    const path = file('abi.json', JSON.stringify(abi));
    expect(await json('5f5f5260205ff3', '--abi', path, '--input', '18160ddd')).toMatchObject({
      decoded: '0',
    });
    expect(
      await told(
        '00',
        '--abi',
        file('noabi.json', '[{"type":"function","name":"f","inputs":[{"type":"u"}]}]'),
      ),
    ).toContain('ABI: expected a type, got "u"');
  });

  test('--bench says how fast it goes', { timeout: 30_000 }, async () => {
    const { bench } = await json(ADDITION, '--bench');
    expect(bench.gasUsed).toBe('0x18');
    expect(bench.min).toBeLessThanOrEqual(bench.median);
  });
});

test('mistakes are told in a sentence', async () => {
  expect(await told()).toBe('expected code: hex, mnemonics, a file, or -; --help shows examples');
  expect(await told('nofile')).toBe(
    'code: expected hex, mnemonics or a file, got "nofile", and no such file is there',
  );
  expect(await told('123')).toBe('code: expected an even number of digits, got 3');
  expect(await told('PUSH1')).toBe('code: line 1, column 1: PUSH1: expected a number behind it, got the end');
  expect(await told(folder)).toBe(`${folder}: expected a file, got a folder`);
  expect(await told(file('nothing.hex', '\n'))).toContain('expected code, got nothing');
  expect(await told(file('half.json', '{"a'))).toContain('expected JSON, got ');
  expect(await told('00', '--gas', 'lots')).toBe('--gas: expected a number from 0 to 2^63 - 1, got "lots"');
  expect(await told('00', '--value', '-1')).toContain('--value');
  expect(await told('00', '--fork', 'Foo')).toMatch(/^--fork: expected one of Frontier, .*, got "Foo"$/);
  expect(await told('00', '--sender', 'me')).toBe(
    '--sender: expected an address of up to 40 hex digits, got "me"',
  );
  expect(await told('00', '--memory', '1M')).toBe('--memory: expected 8 MiB to 2 GiB in bytes, got 1048576');
  expect(await told('00', '--memory', 'much')).toBe(
    '--memory: expected a size such as 64M or 1G, got "much"',
  );
  expect(await told('00', '--input', '0xzz')).toBe('--input: expected a digit at position 2, got "z"');
  expect(await told('00', '--input', '00', '--input-file', 'x')).toBe(
    'expected --input or --input-file, got both',
  );
  expect(await told('00', '--input-file', join(folder, 'none'))).toContain('there is no such file');
});
