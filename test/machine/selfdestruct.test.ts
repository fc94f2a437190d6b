/** SELFDESTRUCT in all its generations. */

import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import {
  berlin,
  cancun,
  type Fork,
  frontier,
  homestead,
  istanbul,
  london,
  osaka,
  shanghai,
  spuriousDragon,
  tangerineWhistle,
} from '../../src/protocol/forks.ts';
import {
  type Accounts,
  account,
  CALLER,
  CONTRACT,
  call,
  ETHER,
  execute,
  NOBODY,
  OTHER,
  type Piece,
  PLAIN_FORKS,
  program,
  wordOf,
} from './program.ts';

const to = (address: Address): Piece[] => [wordOf(address), 'SELFDESTRUCT'];

describe('gas', () => {
  const gas = (fork: Fork, beneficiary: Address, balance: bigint): bigint =>
    execute([], {
      fork,
      world: [[CONTRACT, account({ nonce: 1n, balance, code: program(...to(beneficiary)) })]],
    }).gasUsed - 3n;

  test.each<[Fork, readonly [bigint, bigint, bigint]]>([
    // to someone who is there; to no one, with ether; to no one, without
    [frontier, [0n, 0n, 0n]],
    [homestead, [0n, 0n, 0n]],
    [tangerineWhistle, [5000n, 30000n, 30000n]],
    [spuriousDragon, [5000n, 30000n, 5000n]],
    [istanbul, [5000n, 30000n, 5000n]],
    [berlin, [5000n, 32600n, 7600n]],
    [osaka, [5000n, 32600n, 7600n]],
  ])('of $name', (fork, expected) => {
    // The caller is warm where there is warmth.
    expect([gas(fork, CALLER, 1n), gas(fork, NOBODY, 1n), gas(fork, NOBODY, 0n)]).toEqual(expected);
  });

  test('counts a precompile as warm', () => {
    expect(gas(osaka, '0x0000000000000000000000000000000000000001', 0n)).toBe(5000n);
  });
});

describe('the refund', () => {
  test.each(PLAIN_FORKS)('of $name', (fork) => {
    const isGone = fork.params.refundQuotient === 5;
    expect(execute(to(CALLER), { fork }).gasRefund).toBe(isGone ? 0n : 24000n);
  });

  test('is given once for an account', () => {
    const world: Accounts = [[OTHER, account({ nonce: 1n, code: program(...to(CALLER)) })]];
    const twice: Piece[] = [...call('CALL', OTHER), ...call('CALL', OTHER)];
    expect(execute(twice, { fork: istanbul, world }).gasRefund).toBe(24000n);
    expect(execute([...twice, ...to(CALLER)], { fork: istanbul, world }).gasRefund).toBe(48000n);
    // And not for one that is taken back.
    const undone: Piece[] = [...call('CALL', OTHER), 0xfe];
    const failing: Accounts = [...world, [NOBODY, account({ nonce: 1n, code: program(...undone) })]];
    expect(execute(call('CALL', NOBODY), { fork: istanbul, world: failing }).gasRefund).toBe(0n);
  });
});

describe('an account that was there before', () => {
  const before = account({
    nonce: 1n,
    balance: 9n,
    code: program(...to(CALLER)),
    storage: new Map([[1n, 2n]]),
  });

  test.each([frontier, homestead, istanbul, london, shanghai])(
    'goes in $name, with all that it stored',
    (fork) => {
      const destroys = call('CALL', OTHER, { gas: 100_000n });
      const { diff } = execute(destroys, { fork, world: [[OTHER, before]] });
      expect(diff.get(OTHER)).toMatchObject({ after: undefined, storageCleared: true });
      expect(diff.get(OTHER)?.storage.size).toBe(0);
      expect(diff.get(CALLER)?.after?.balance).toBe(1000n * ETHER + 9n);
    },
  );

  test.each([cancun, osaka])('stays in $name, without its ether', (fork) => {
    const { diff } = execute(call('CALL', OTHER), { fork, world: [[OTHER, before]] });
    expect(diff.get(OTHER)).toMatchObject({
      after: { nonce: 1n, balance: 0n },
      code: undefined,
      storageCleared: false,
    });
    expect(diff.get(CALLER)?.after?.balance).toBe(1000n * ETHER + 9n);
  });

  test('that names itself burns its ether before Cancun, and keeps it since', () => {
    const itself = account({ nonce: 1n, balance: 9n, code: program('ADDRESS', 'SELFDESTRUCT') });
    const diffIn = (fork: Fork) => execute(call('CALL', OTHER), { fork, world: [[OTHER, itself]] }).diff;
    expect(diffIn(shanghai).get(OTHER)).toMatchObject({ after: undefined });
    expect(diffIn(cancun).has(OTHER)).toBe(false);
  });

  test('can be called again, and what it then gets is lost', () => {
    const pieces: Piece[] = [
      ...call('CALL', OTHER),
      'POP',
      ...call('CALL', OTHER, { value: 7n }),
      'POP',
      wordOf(OTHER),
      'EXTCODESIZE',
      1n,
      'SSTORE',
    ];
    const { diff } = execute(pieces, {
      fork: london,
      world: [[OTHER, { ...before, code: program(...to(NOBODY)) }]],
    });
    expect(diff.get(OTHER)?.after).toBeUndefined();
    expect(diff.get(CONTRACT)?.storage.get(1n)).toBe(BigInt(program(...to(NOBODY)).length));
    expect(diff.get(NOBODY)?.after?.balance).toBe(16n);
    // To itself, the second time: nobody has it.
    const lost: Piece[] = [...call('CALL', OTHER), 'POP', ...call('CALL', OTHER, { value: 7n })];
    const burnt = execute(lost, {
      fork: london,
      world: [[OTHER, { ...before, code: program('ADDRESS', 'SELFDESTRUCT') }]],
    });
    expect(burnt.diff.get(OTHER)?.after).toBeUndefined();
    expect(burnt.diff.get(CONTRACT)?.after?.balance).toBe(ETHER - 7n);
  });

  test('is not destroyed by a frame that fails', () => {
    const failing = account({ nonce: 1n, code: program(...call('CALL', OTHER), 0xfe) });
    const { diff } = execute(call('CALL', NOBODY), {
      fork: london,
      world: [
        [OTHER, before],
        [NOBODY, failing],
      ],
    });
    expect(diff.size).toBe(0);
  });
});

describe('an account that is made in the same transaction', () => {
  /** Initcode that destroys itself in favour of someone. */
  const made = (beneficiary: Piece): Piece[] => [
    program(
      0x7f,
      program(beneficiary, 'SELFDESTRUCT'),
      new Uint8Array(32 - program(beneficiary, 'SELFDESTRUCT').length),
    ),
    0n,
    'MSTORE',
    BigInt(program(beneficiary, 'SELFDESTRUCT').length),
    0n,
    5n,
    'CREATE',
  ];

  test.each([london, cancun, osaka])('goes in $name', (fork) => {
    const { diff } = execute(made(wordOf(NOBODY)), { fork });
    expect([...diff.keys()].sort()).toEqual([CONTRACT, NOBODY].sort());
    expect(diff.get(NOBODY)?.after?.balance).toBe(5n);
  });

  test.each([london, cancun, osaka])('takes its ether along in $name where it names itself', (fork) => {
    const { diff } = execute(made('ADDRESS'), { fork });
    expect([...diff.keys()]).toEqual([CONTRACT]);
    expect(diff.get(CONTRACT)?.after?.balance).toBe(ETHER - 5n);
  });
});

describe('a beneficiary', () => {
  test('of nothing comes to be before Spurious Dragon, and not since', () => {
    const poor: Accounts = [[CONTRACT, account({ nonce: 1n, code: program(...to(NOBODY)) })]];
    expect(execute([], { fork: homestead, world: poor }).diff.get(NOBODY)?.after).toMatchObject({
      balance: 0n,
    });
    expect(execute([], { fork: spuriousDragon, world: poor }).diff.has(NOBODY)).toBe(false);
  });

  test('that is empty is cleared by nothing from Spurious Dragon on', () => {
    const world: Accounts = [
      [CONTRACT, account({ nonce: 1n, code: program(...to(NOBODY)) })],
      [NOBODY, account()],
    ];
    expect(execute([], { fork: spuriousDragon, world }).diff.get(NOBODY)).toMatchObject({ after: undefined });
    expect(execute([], { fork: homestead, world }).diff.has(NOBODY)).toBe(false);
  });
});
