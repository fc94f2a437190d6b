/** What comes back from calls, what static frames and delegations may do, and how deep calls go. */

import { describe, expect, test } from 'vitest';
import { type Address, bytesToBigInt, toHex } from '../../src/bytes.ts';
import { delegationCode } from '../../src/machine/delegation.ts';
import { berlin, byzantium, frontier, osaka, prague } from '../../src/protocol/forks.ts';
import {
  type Accounts,
  account,
  CALLER,
  CONTRACT,
  call,
  contractAt,
  execute,
  FRESH,
  NOBODY,
  OTHER,
  type Piece,
  program,
  push,
  returnTop,
  topOf,
  wordOf,
} from './program.ts';

describe('return data', () => {
  const returns: Accounts = [
    contractAt(OTHER, push(0x0102030405060708n, 32), 0n, 'MSTORE', 8n, 24n, 'RETURN'),
    contractAt(NOBODY, push(0xaabbn, 32), 0n, 'MSTORE', 2n, 30n, 'REVERT'),
  ];
  const memoryAfter = (to: Address, size: bigint) =>
    toHex(
      execute(
        [
          2n ** 256n - 1n,
          0n,
          'MSTORE',
          ...call('CALL', to, { output: [4n, size] }),
          'POP',
          16n,
          0n,
          'RETURN',
        ],
        { world: returns },
      ).output,
    );

  test('fills what was set aside, and no more than there is', () => {
    expect(memoryAfter(OTHER, 4n)).toBe('0xffffffff01020304ffffffffffffffff');
    expect(memoryAfter(OTHER, 32n)).toBe('0xffffffff0102030405060708ffffffff');
    expect(memoryAfter(NOBODY, 8n)).toBe('0xffffffffaabbffffffffffffffffffff');
    expect(memoryAfter(CALLER, 8n)).toBe(`0x${'ff'.repeat(16)}`);
  });

  test('can be copied to its last byte and not beyond', () => {
    const copy = (from: bigint, size: bigint) =>
      execute([...call('CALL', OTHER), 'POP', size, from, 0n, 'RETURNDATACOPY', 8n, 0n, 'RETURN'], {
        world: returns,
      });
    expect(toHex(copy(0n, 8n).output)).toBe('0x0102030405060708');
    expect(toHex(copy(5n, 3n).output)).toBe('0x0607080000000000');
    expect(copy(8n, 0n).status).toBe('success');
    for (const [from, size] of [
      [0n, 9n],
      [8n, 1n],
      [9n, 0n],
      [2n ** 64n, 0n],
      [2n ** 256n - 1n, 1n],
      [2n ** 256n - 1n, 0n],
      [1n, 8n],
      [2n ** 32n, 0n],
    ]) {
      expect([from, size, copy(from, size).halt?.reason]).toEqual([from, size, 'returnDataOutOfBounds']);
    }
  });

  test('is that of the last call only, and of no other frame', () => {
    const size = (...calls: Piece[]) =>
      topOf([...calls, 'RETURNDATASIZE'], {
        world: [...returns, contractAt(FRESH, 'RETURNDATASIZE', ...returnTop)],
      });
    expect(size()).toBe(0n);
    expect(size(...call('CALL', OTHER))).toBe(8n);
    expect(size(...call('CALL', OTHER), ...call('CALL', NOBODY))).toBe(2n);
    expect(size(...call('CALL', NOBODY), ...call('CALL', CALLER))).toBe(0n);
    expect(size(...call('CALL', OTHER), 0n, 0n, 0n, 'CREATE')).toBe(0n);
    const inside = [
      ...call('CALL', OTHER),
      ...call('CALL', FRESH, { output: [0n, 32n] }),
      0n,
      'MLOAD',
    ] as Piece[];
    expect(topOf(inside, { world: [...returns, contractAt(FRESH, 'RETURNDATASIZE', ...returnTop)] })).toBe(
      0n,
    );
  });

  test('is that of the latest call however often it is copied', () => {
    const copy = (to: bigint, from: bigint, size: bigint): Piece[] => [size, from, to, 'RETURNDATACOPY'];
    const asksOther = contractAt(
      FRESH,
      ...call('CALL', OTHER),
      ...copy(0n, 0n, 4n),
      ...copy(4n, 0n, 4n),
      ...[1n, 2n, 'RETURN' as const],
    );
    const pieces: Piece[] = [
      ...[...call('CALL', OTHER), ...copy(0n, 0n, 8n), ...copy(8n, 4n, 4n), ...copy(99n, 8n, 0n)],
      ...[...call('CALL', NOBODY), ...copy(12n, 0n, 2n), ...copy(13n, 1n, 1n)],
      ...[...call('CALL', OTHER), ...copy(14n, 6n, 1n), ...copy(15n, 7n, 1n)],
      ...[...call('CALL', FRESH), ...copy(16n, 0n, 1n), ...copy(17n, 0n, 1n)],
      ...[...call('CALL', 4n, { input: [0n, 2n] }), ...copy(18n, 1n, 1n), ...copy(19n, 0n, 1n)],
    ];
    const { output } = execute([...pieces, 20n, 0n, 'RETURN'], { world: [...returns, asksOther] });
    expect(toHex(output)).toBe('0x010203040506070805060708aabb070803030201');
    expect(execute([...pieces, ...copy(0n, 1n, 2n)], { world: [...returns, asksOther] }).halt?.reason).toBe(
      'returnDataOutOfBounds',
    );
  });

  test.each([65_535n, 65_536n, 65_537n])('of %d bytes is copied to its end', (size) => {
    const last = size - 8n;
    const ends: Piece[] = [0x0102030405060708n, last - 24n, 'MSTORE', 0x11n, 3n, 'MSTORE8'];
    const copies: Piece[] = [4n, last, 70_000n, 'RETURNDATACOPY', 4n, last + 4n, 70_004n, 'RETURNDATACOPY'];
    const start: Piece[] = [2n, 3n, 70_008n, 'RETURNDATACOPY', 10n, 70_000n, 'RETURN'];
    const { output } = execute([...ends, ...call('CALL', 4n, { input: [0n, size] }), ...copies, ...start]);
    expect(toHex(output)).toBe('0x01020304050607081100');
  });

  test('of a precompile is its own, whatever becomes of its input', () => {
    const code: Piece[] = [
      0xabn,
      0n,
      'MSTORE',
      ...call('CALL', 4n, { input: [31n, 1n] }),
      'POP',
      0n,
      0n,
      'MSTORE',
      100_000n,
      'MLOAD',
      'POP',
      1n,
      0n,
      0n,
      'RETURNDATACOPY',
      1n,
      0n,
      'RETURN',
    ];
    expect(toHex(execute(code).output)).toBe('0xab');
  });
});

describe('a static frame', () => {
  const forbidden: Record<string, Piece[]> = {
    SSTORE: [1n, 1n, 'SSTORE'],
    TSTORE: [1n, 1n, 'TSTORE'],
    LOG0: [0n, 0n, 'LOG0'],
    LOG4: [1n, 1n, 1n, 1n, 0n, 0n, 'LOG4'],
    CREATE: [0n, 0n, 0n, 'CREATE'],
    CREATE2: [0n, 0n, 0n, 0n, 'CREATE2'],
    SELFDESTRUCT: [1n, 'SELFDESTRUCT'],
    'CALL with value': call('CALL', NOBODY, { value: 1n }),
  };
  test.each(Object.entries(forbidden))('refuses %s, at any depth below it', (_, pieces) => {
    const world: Accounts = [
      contractAt(OTHER, ...pieces),
      contractAt(FRESH, ...call('DELEGATECALL', OTHER), ...returnTop),
    ];
    expect(topOf(call('STATICCALL', OTHER), { world })).toBe(0n);
    expect(topOf(call('CALL', OTHER), { world })).toBe(1n);
    // The frame below fails, the one between lives.
    expect(topOf([...call('STATICCALL', FRESH, { output: [0n, 32n] }), 0n, 'MLOAD', 'ADD'], { world })).toBe(
      1n,
    );
    expect(execute(pieces, { message: { isStatic: true } }).halt?.reason).toBe('staticViolation');
  });

  test('lets CALLCODE pass value to itself, and calls go on without', () => {
    const world: Accounts = [
      contractAt(
        OTHER,
        ...call('CALLCODE', NOBODY, { value: 0n }),
        ...call('CALL', NOBODY),
        'ADD',
        ...returnTop,
      ),
    ];
    expect(topOf([...call('STATICCALL', OTHER, { output: [0n, 32n] }), 'POP', 0n, 'MLOAD'], { world })).toBe(
      2n,
    );
    const paying: Accounts = [
      [
        OTHER,
        account({ balance: 5n, code: program(...call('CALLCODE', NOBODY, { value: 3n }), ...returnTop) }),
      ],
    ];
    expect(
      topOf([...call('STATICCALL', OTHER, { output: [0n, 32n] }), 'POP', 0n, 'MLOAD'], { world: paying }),
    ).toBe(1n);
  });
});

describe('depth', () => {
  // Counts how many frames there are: each adds one to what the frame below it returned.
  const counting: Piece[] = [
    ...call('CALL', CONTRACT, { output: [0n, 32n] }),
    'POP',
    0n,
    'MLOAD',
    1n,
    'ADD',
    0n,
    'MSTORE',
    32n,
    0n,
    'RETURN',
  ];

  test.each([frontier, byzantium, osaka])('of $name is 1024 below the outermost frame', (fork) => {
    // Frontier hands over what is asked for and there: a little less each time.
    const code =
      fork === frontier
        ? counting.map((piece) => (piece === 'GAS' ? program(2000n, 'GAS', 'SUB') : piece))
        : counting;
    const { output, status } = execute(code, { fork, gas: 2n ** 60n });
    expect([status, bytesToBigInt(output)]).toEqual(['success', 1025n]);
  });

  test('counts creations as well', () => {
    // Initcode that creates a copy of itself, and deploys as many zeros as frames were below it, as a size.
    const init = program(
      'CODESIZE',
      0n,
      0n,
      'CODECOPY',
      'CODESIZE',
      0n,
      0n,
      'CREATE',
      'EXTCODESIZE',
      1n,
      'ADD',
      0n,
      'RETURN',
    );
    const { created, output, status } = execute([], { gas: 2n ** 60n, message: { to: null, data: init } });
    expect([status, output.length]).toEqual(['success', 1025]);
    expect(created).toBeDefined();
  });

  test('does not matter to the host’s own stack', () => {
    const shallow = (n: number): unknown =>
      n === 0 ? execute(counting, { gas: 2n ** 60n }).status : shallow(n - 1);
    expect(shallow(2000)).toBe('success');
  });
});

describe('a delegation', () => {
  const world: Accounts = [
    [OTHER, account({ nonce: 1n, code: delegationCode(NOBODY) })],
    contractAt(NOBODY, 'ADDRESS', 'CODESIZE', 'ADD', ...returnTop),
    [FRESH, account({ nonce: 1n, code: delegationCode(OTHER) })],
  ];
  const result = (to: Address, fork = prague) =>
    topOf([...call('CALL', to, { output: [0n, 32n] }), 'POP', 0n, 'MLOAD'], { world, fork });

  test('runs the delegate’s code as the account that delegates', () => {
    expect(result(OTHER)).toBe(wordOf(OTHER) + 11n);
    expect(topOf([wordOf(OTHER), 'EXTCODESIZE'], { world })).toBe(23n);
  });

  test('is followed once only, and not before Prague', () => {
    expect(topOf(call('CALL', FRESH), { world })).toBe(0n);
    expect(topOf(call('CALL', OTHER), { world, fork: berlin })).toBe(0n);
  });

  test('is paid by warmth, and warms', () => {
    const price = (...pieces: Piece[]) => execute(pieces, { world }).gasUsed;
    const cold = price(...call('CALL', OTHER, { gas: 0n }));
    const twice = price(...call('CALL', OTHER, { gas: 0n }), ...call('CALL', OTHER, { gas: 0n }));
    expect(cold).toBe(21n + 2600n + 2600n);
    expect(twice - cold).toBe(21n + 100n + 100n);
  });

  test('to a precompile runs nothing', () => {
    const toIdentity: Accounts = [
      [OTHER, account({ nonce: 1n, code: delegationCode('0x0000000000000000000000000000000000000004') })],
    ];
    expect(
      topOf([...call('CALL', OTHER, { input: [0n, 32n] }), 'RETURNDATASIZE', 'ADD'], { world: toIdentity }),
    ).toBe(1n);
    expect(execute([], { world: toIdentity, message: { to: OTHER, data: new Uint8Array(9) } })).toMatchObject(
      { status: 'success', gasUsed: 0n },
    );
  });

  test('of the outermost message is free', () => {
    const { gasUsed, output } = execute([], { world, message: { to: OTHER } });
    expect([bytesToBigInt(output), gasUsed]).toEqual([wordOf(OTHER) + 11n, 2n + 2n + 3n + 3n + 6n + 6n]);
  });
});
