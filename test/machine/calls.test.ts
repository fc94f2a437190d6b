/** CALL, CALLCODE, DELEGATECALL, STATICCALL: what the callee sees, and what it and the call cost. */

import { describe, expect, test } from 'vitest';
import { bytesToBigInt, toHex } from '../../src/bytes.ts';
import {
  berlin,
  byzantium,
  frontier,
  homestead,
  osaka,
  spuriousDragon,
  tangerineWhistle,
} from '../../src/protocol/forks.ts';
import type { OpName } from '../../src/protocol/opcodes.ts';
import {
  type Accounts,
  CALLER,
  type CallKind,
  CONTRACT,
  call,
  contractAt,
  ETHER,
  execute,
  MAX_WORD,
  NOBODY,
  OTHER,
  type Piece,
  push,
  returnTop,
  topOf,
  wordOf,
} from './program.ts';

const KINDS = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const;

describe('what the callee sees', () => {
  const seen = (name: OpName, kind: CallKind, value = 0n): bigint => {
    const world: Accounts = [contractAt(OTHER, name, ...returnTop)];
    return topOf([...call(kind, OTHER, { value, output: [0n, 32n] }), 'POP', 0n, 'MLOAD'], {
      world,
      message: { value: 5n },
    });
  };
  const us = wordOf(CONTRACT);
  test.each<[OpName, readonly [bigint, bigint, bigint, bigint]]>([
    ['ADDRESS', [wordOf(OTHER), us, us, wordOf(OTHER)]],
    ['CALLER', [us, us, wordOf(CALLER), us]],
    ['CALLVALUE', [3n, 3n, 5n, 0n]],
    ['ORIGIN', [wordOf(CALLER), wordOf(CALLER), wordOf(CALLER), wordOf(CALLER)]],
    ['SELFBALANCE', [3n, ETHER + 5n, ETHER + 5n, 0n]],
    ['CODESIZE', [9n, 9n, 9n, 9n]],
  ])('%s', (name, expected) => {
    expect(KINDS.map((kind) => seen(name, kind, 3n))).toEqual(expected);
  });

  test('storage is its own, or the caller’s', () => {
    const world: Accounts = [contractAt(OTHER, 7n, 1n, 'SSTORE')];
    const changed = (kind: CallKind) =>
      [...execute(call(kind, OTHER), { world }).diff]
        .filter(([, { storage }]) => storage.size > 0)
        .map(([address]) => address);
    expect(KINDS.map(changed)).toEqual([[OTHER], [CONTRACT], [CONTRACT], []]);
  });

  test('input is a part of memory, whatever happens to memory later', () => {
    const world: Accounts = [
      contractAt(OTHER, 'CALLDATASIZE', 0n, 0n, 'CALLDATACOPY', 'CALLDATASIZE', 0n, 'RETURN'),
    ];
    const code: Piece[] = [
      0xabcdn,
      0n,
      'MSTORE',
      ...call('CALL', OTHER, { input: [30n, 4n] }),
      'POP',
      0n,
      0n,
      'MSTORE',
      'RETURNDATASIZE',
      0n,
      0n,
      'RETURNDATACOPY',
      'RETURNDATASIZE',
      0n,
      'RETURN',
    ];
    expect(toHex(execute(code, { world }).output)).toBe('0xabcd0000');
  });
});

describe('gas', () => {
  const burns: Accounts = [contractAt(OTHER, 0xfe)];
  /** What a call of INVALID burns: everything that was handed over. */
  const forwarded = (gas: bigint, request: Piece, fork = osaka): bigint => {
    const access = fork === osaka || fork === berlin ? 2600n : 700n;
    const pushes = request === 'GAS' ? 15n + 3n + 2n : 21n;
    const { gasUsed, status } = execute(call('CALL', OTHER, { gas: request }), { gas, fork, world: burns });
    expect(status).toBe('success');
    return gasUsed - access - pushes;
  };

  test.each([tangerineWhistle, byzantium, berlin, osaka])('of $name is at most all but a 64th', (fork) => {
    const own = fork === berlin || fork === osaka ? 2600n : 700n;
    for (const gas of [10_000n, 99_999n, 1_000_000n, 2n ** 40n + 77n, 2n ** 62n]) {
      const left = gas - own - 20n;
      expect(forwarded(gas, 'GAS', fork)).toBe(left - left / 64n);
      const request = push(2n ** 256n - 1n);
      const rest = gas - own - 21n;
      expect(forwarded(gas, request, fork)).toBe(rest - rest / 64n);
    }
    expect(forwarded(100_000n, 12_345n, fork)).toBe(12_345n);
    expect(forwarded(100_000n, 0n, fork)).toBe(0n);
  });

  test('before that has to be there', () => {
    const ask = (request: bigint, gas: bigint) =>
      execute(call('CALL', OTHER, { gas: request }), { fork: homestead, gas, world: burns });
    expect(ask(5000n, 5000n + 40n + 21n)).toMatchObject({ status: 'success', gasLeft: 0n });
    expect(ask(5000n, 5000n + 40n + 20n).halt).toMatchObject({ reason: 'outOfGas', name: 'CALL' });
    expect(ask(2n ** 255n, 2n ** 62n).halt).toMatchObject({ reason: 'outOfGas', name: 'CALL' });
  });

  test('comes with a stipend where value does, and the stipend is no one’s', () => {
    const world: Accounts = [contractAt(OTHER, 'GAS', 0n, 'SSTORE'), contractAt(NOBODY, 'GAS', ...returnTop)];
    for (const kind of ['CALL', 'CALLCODE'] as const) {
      const got = topOf(
        [...call(kind, NOBODY, { gas: 0n, value: 1n, output: [0n, 32n] }), 'POP', 0n, 'MLOAD'],
        { world },
      );
      expect(got).toBe(2298n);
      const { gasUsed } = execute(call(kind, 0x77777n, { gas: 0n, value: 1n }));
      const isNew = kind === 'CALL' ? 25000n : 0n;
      expect(gasUsed).toBe(21n + 2600n + 9000n + isNew - 2300n);
      // It is not enough to store with.
      expect(topOf(call(kind, OTHER, { gas: 0n, value: 1n }), { world })).toBe(0n);
    }
  });

  test('for an account that is new depends on the fork', () => {
    const price = (fork: typeof osaka, value: bigint, to: bigint) =>
      execute(call('CALL', to, { gas: 0n, value }), { fork }).gasUsed - 21n;
    const own = 9000n - 2300n;
    expect(price(frontier, 0n, 0x7777n)).toBe(40n + 25000n);
    expect(price(frontier, 1n, 0x7777n)).toBe(40n + 25000n + own);
    expect(price(tangerineWhistle, 0n, 0x7777n)).toBe(700n + 25000n);
    expect(price(spuriousDragon, 0n, 0x7777n)).toBe(700n);
    expect(price(spuriousDragon, 1n, 0x7777n)).toBe(700n + 25000n + own);
    expect(price(spuriousDragon, 1n, wordOf(CALLER))).toBe(700n + own);
    // A precompile that no one owns is new as well, and its work is paid from the stipend.
    expect(price(berlin, 1n, 4n)).toBe(100n + 25000n + 9000n - 2300n + 15n);
  });
});

describe('a call that is not made', () => {
  test('for lack of ether gives everything back, and leaves no return data', () => {
    const world: Accounts = [contractAt(OTHER, 32n, 0n, 'RETURN')];
    const code: Piece[] = [
      ...call('CALL', OTHER),
      'POP',
      ...call('CALL', OTHER, { gas: 50_000n, value: ETHER + 1n, output: [0n, 32n] }),
      'RETURNDATASIZE',
      'ADD',
    ];
    expect(topOf(code, { world })).toBe(0n);
    const { gasUsed } = execute(call('CALL', OTHER, { gas: 50_000n, value: ETHER + 1n }), { world });
    expect(gasUsed).toBe(21n + 2600n + 9000n - 2300n);
  });

  test('has warmed its target all the same', () => {
    const code: Piece[] = [
      ...call('CALL', OTHER, { value: ETHER + 1n }),
      'POP',
      wordOf(OTHER),
      'BALANCE',
      'POP',
    ];
    expect(execute(code, { world: [contractAt(OTHER)] }).gasUsed).toBe(
      20n + 2600n + 9000n - 2300n + 2n + 3n + 100n + 2n,
    );
  });
});

test('a call that asks for more gas than there is ends its frame, whatever compiled code stood before it', () => {
  // a counter that the block with the call has taken from the stack, and slots that it may not write again
  const start = 5;
  const pieces: Piece[] = [
    ...([push(4n, 1), push(0n, 1), 'POP', 'JUMPDEST'] as const),
    ...([0x27n, push(0n, 1), 'SSTORE'] as const),
    ...([push(1n, 1), 0x90, 'SUB', 0x80, push(BigInt(start), 1), 'JUMPI'] as const),
    ...call('CALL', CALLER, { gas: MAX_WORD }),
  ];
  for (const fork of [frontier, homestead]) {
    const { status, halt } = execute(pieces, { fork, gas: 3_000_000n });
    expect([status, halt?.reason, halt?.name]).toEqual(['halt', 'outOfGas', 'CALL']);
  }
});

test.each(KINDS)('%s gives the gas that it was asked for, from wherever on the stack that came', (kind) => {
  const world: Accounts = [contractAt(OTHER, 'GAS', ...returnTop)];
  // After a host function words are read from the stack: the gas from a slot that another then takes.
  const operands: Piece[] = [32n, 0n, 0n, 0n, ...(kind === 'CALL' || kind === 'CALLCODE' ? [0n] : [])];
  const code: Piece[] = [
    ...([50_000n, 'SELFBALANCE', 'POP'] as const),
    ...operands.flatMap((operand) => [operand, 'SWAP1'] as const),
    ...([wordOf(OTHER), 'SWAP1', kind, 'POP', 0n, 'MLOAD', ...returnTop] as const),
  ];
  expect(bytesToBigInt(execute(code, { world }).output)).toBe(50_000n - 2n);
});
