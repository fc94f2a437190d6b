/** CREATE, CREATE2 and creations from outside: addresses, nonces, collisions, and what may be deployed. */

import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { creationAddress, saltedCreationAddress } from '../../src/machine/host/create.ts';
import {
  berlin,
  byzantium,
  constantinople,
  frontier,
  homestead,
  london,
  osaka,
  paris,
  spuriousDragon,
  tangerineWhistle,
} from '../../src/protocol/forks.ts';
import { encodeRlp } from '../../src/rlp.ts';
import {
  type Accounts,
  account,
  CALLER,
  CONTRACT,
  ETHER,
  execute,
  type Piece,
  program,
  topOf,
  wordOf,
} from './program.ts';
import { word } from './words.ts';

/** Pieces that put initcode of up to 32 bytes into memory and create with it. The address is left on the stack. */
function create(init: Uint8Array, { value = 0n, salt = undefined as bigint | undefined } = {}): Piece[] {
  const padded = concatBytes(init, new Uint8Array(32 - init.length));
  const size = BigInt(init.length);
  const tail: Piece[] = salt === undefined ? ['CREATE'] : ['CREATE2'];
  return [
    program(0x7f, padded),
    0n,
    'MSTORE',
    ...(salt === undefined ? [] : [salt]),
    size,
    0n,
    value,
    ...tail,
  ];
}

/** Initcode that deploys `size` zeros. */
const deploys = (size: number): Uint8Array => program(BigInt(size), 0n, 'RETURN');
const STOPS = program('STOP');
const NONCE_ONE = creationAddress(CONTRACT, 1n);

describe('addresses', () => {
  test('of CREATE are of the creator and its nonce', () => {
    const nonces = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }));
    fc.assert(
      fc.property(nonces, (nonce) => {
        const expected = toHex(keccak_256(encodeRlp([fromHex(CONTRACT), nonce])).subarray(12));
        expect(creationAddress(CONTRACT, nonce)).toBe(expected);
        const world: Accounts = [[CONTRACT, account({ nonce, code: program(...create(STOPS)) })]];
        expect(execute([], { world }).diff.has(expected)).toBe(true);
      }),
      { numRuns: 40 },
    );
    // https://ethereum.org/developers/docs: a known pair.
    expect(creationAddress('0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0', 0n)).toBe(
      '0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d',
    );
  });

  test('of CREATE2 are of the creator, a salt and the initcode', () => {
    fc.assert(
      fc.property(word, fc.uint8Array({ maxLength: 32 }), (salt, init) => {
        const preimage = concatBytes(
          Uint8Array.of(0xff),
          fromHex(CONTRACT),
          bigIntToBytes(salt, 32),
          keccak_256(init),
        );
        const expected = toHex(keccak_256(preimage).subarray(12));
        expect(saltedCreationAddress(CONTRACT, salt, init)).toBe(expected);
      }),
    );
    const salted = saltedCreationAddress(CONTRACT, 9n, STOPS);
    expect(topOf(create(STOPS, { salt: 9n }))).toBe(wordOf(salted));
  });

  test('from outside are the sender’s, or salted', () => {
    const message = { to: null, data: STOPS };
    expect(execute([], { message }).created).toBe(creationAddress(CALLER, 0n));
    expect(execute([], { message: { ...message, salt: 5n } }).created).toBe(
      saltedCreationAddress(CALLER, 5n, STOPS),
    );
  });
});

describe('a creation', () => {
  test('moves its value, bumps the nonces and keeps what was owned before', () => {
    const world: Accounts = [[NONCE_ONE, account({ balance: 5n })]];
    const { diff } = execute(create(deploys(3), { value: 7n }), { world });
    expect(diff.get(NONCE_ONE)).toMatchObject({
      after: { nonce: 1n, balance: 12n },
      code: new Uint8Array(3),
    });
    expect(diff.get(CONTRACT)?.after).toMatchObject({ nonce: 2n, balance: ETHER - 7n });
  });

  test('starts nonces at 0 before Spurious Dragon', () => {
    for (const fork of [frontier, homestead, tangerineWhistle]) {
      expect(execute(create(deploys(1)), { fork }).diff.get(NONCE_ONE)?.after?.nonce).toBe(0n);
    }
    expect(execute(create(deploys(1)), { fork: spuriousDragon }).diff.get(NONCE_ONE)?.after?.nonce).toBe(1n);
  });

  test('deploys nothing where it stops or destroys itself, and succeeds', () => {
    expect(topOf(create(STOPS))).toBe(wordOf(NONCE_ONE));
    expect(topOf(create(program()))).toBe(wordOf(NONCE_ONE));
    const destroyed = execute([...create(program('CALLER', 'SELFDESTRUCT')), 'POP']);
    expect(destroyed).toMatchObject({ status: 'success' });
    expect(destroyed.diff.has(NONCE_ONE)).toBe(false);
  });

  test('that reverts gives back gas and data, and one that halts neither', () => {
    const reverts = program(0xabn, 0n, 'MSTORE8', 1n, 0n, 'REVERT');
    expect(topOf([...create(reverts), 'RETURNDATASIZE', 'ADD'])).toBe(1n);
    expect(topOf([...create(program(0xfe)), 'RETURNDATASIZE', 'ADD'])).toBe(0n);
    expect(execute(create(reverts), { gas: 1_000_000n }).gasLeft).toBeGreaterThan(900_000n);
    expect(execute(create(program(0xfe)), { gas: 1_000_000n }).gasLeft).toBeLessThan(16_000n);
    // Its caller's nonce stays bumped, whatever became of it.
    for (const init of [reverts, program(0xfe)])
      expect(execute(create(init)).diff.get(CONTRACT)?.after?.nonce).toBe(2n);
  });

  test('runs initcode without call data, on its own storage', () => {
    const init = program('CALLDATASIZE', 1n, 'SSTORE', 'CODESIZE', 2n, 'SSTORE');
    const storage = execute(create(init)).diff.get(NONCE_ONE)?.storage;
    expect(storage).toEqual(new Map([[2n, BigInt(init.length)]]));
  });
});

describe('a creation that is refused', () => {
  const refused = (pieces: Piece[], world: Accounts = []) => {
    const result = execute([...pieces, 0n, 'MSTORE', 'RETURNDATASIZE', 32n, 'MSTORE', 64n, 0n, 'RETURN'], {
      world,
      gas: 100_000n,
    });
    expect(result.status).toBe('success');
    expect(toHex(result.output)).toBe(`0x${'00'.repeat(64)}`);
    return result;
  };

  test('for lack of ether costs no gas but its own, and no nonce', () => {
    const { diff, gasLeft } = refused(create(STOPS, { value: ETHER + 1n }));
    expect(diff.has(CONTRACT)).toBe(false);
    expect(gasLeft).toBeGreaterThan(67_000n);
  });

  test('for lack of nonces likewise', () => {
    const code = program(...create(STOPS), ...([0n, 'MSTORE', 32n, 0n, 'RETURN'] as Piece[]));
    const world: Accounts = [[CONTRACT, account({ nonce: 2n ** 64n - 1n, code })]];
    const { output, diff, gasLeft } = execute([], { world, gas: 100_000n });
    expect([toHex(output), diff.size]).toEqual([`0x${'00'.repeat(32)}`, 0]);
    expect(gasLeft).toBeGreaterThan(67_000n);
    // One below may create once more.
    const last: Accounts = [[CONTRACT, account({ nonce: 2n ** 64n - 2n, code })]];
    expect(execute([], { world: last }).diff.get(CONTRACT)?.after?.nonce).toBe(2n ** 64n - 1n);
  });

  test.each<[string, Parameters<typeof account>[0]]>([
    ['a nonce', { nonce: 1n }],
    ['code', { code: STOPS }],
    ['storage', { storage: new Map([[1n, 1n]]) }],
  ])('by %s in its place takes all that was handed over, and a nonce', (_, fields) => {
    const { diff, gasLeft } = refused(create(STOPS), [[NONCE_ONE, account(fields)]]);
    expect(diff.get(CONTRACT)?.after?.nonce).toBe(2n);
    expect(gasLeft).toBeLessThan(1100n);
    const data = STOPS;
    const place = creationAddress(CALLER, 0n);
    const outside = execute([], { world: [[place, account(fields)]], message: { to: null, data } });
    expect(outside).toMatchObject({ status: 'halt', halt: { reason: 'addressCollision' }, gasLeft: 0n });
  });

  test('not by ether in its place, nor by storage that is zero', () => {
    const world: Accounts = [[NONCE_ONE, account({ balance: 1n, storage: new Map([[1n, 0n]]) })]];
    expect(topOf(create(STOPS), { world })).toBe(wordOf(NONCE_ONE));
  });

  test('warms its address where it got so far', () => {
    const cost = (pieces: Piece[], world: Accounts = []) => {
      const before = execute(pieces, { world, gas: 10n ** 9n }).gasUsed;
      return (
        execute([...pieces, wordOf(NONCE_ONE), 'BALANCE'], { world, gas: 10n ** 9n }).gasUsed - before - 3n
      );
    };
    expect(cost(create(STOPS, { value: ETHER + 1n }))).toBe(2600n);
    expect(cost(create(program(0n, 0n, 'REVERT')))).toBe(100n);
  });
});

describe('deployed code', () => {
  const deployed = (init: Uint8Array, fork = osaka, gas = 10_000_000n) =>
    execute([], { fork, gas, message: { to: null, data: init } });

  test('may have 24576 bytes from Spurious Dragon on', () => {
    for (const fork of [spuriousDragon, osaka]) {
      expect(deployed(deploys(24576), fork).output).toHaveLength(24576);
      expect(deployed(deploys(24577), fork).halt?.reason).toBe('codeTooLarge');
    }
    expect(deployed(deploys(24577), homestead).output).toHaveLength(24577);
  });

  test('may not start with 0xEF from London on', () => {
    const startsWith = (byte: bigint) => program(byte, 0n, 'MSTORE8', 1n, 0n, 'RETURN');
    expect(deployed(startsWith(0xefn), london).halt?.reason).toBe('reservedCode');
    expect(deployed(startsWith(0xefn), berlin).status).toBe('success');
    expect(deployed(startsWith(0xeen), london).status).toBe('success');
    expect(deployed(deploys(0), london).status).toBe('success');
    // Initcode may.
    expect(deployed(program(0xef)).halt?.reason).toBe('undefinedOpcode');
  });

  test('costs 200 gas a byte', () => {
    const own = 6n + 3n;
    const need = own + 200n * 32n;
    expect(deployed(deploys(32), osaka, need)).toMatchObject({ status: 'success', gasLeft: 0n });
    expect(deployed(deploys(32), osaka, need - 1n)).toMatchObject({
      status: 'halt',
      halt: { reason: 'codeDepositUnpaid' },
      gasLeft: 0n,
    });
    expect(deployed(deploys(32), homestead, need - 1n).status).toBe('halt');
    // Frontier deploys nothing then, and keeps the gas.
    const early = deployed(deploys(32), frontier, need - 1n);
    expect(early).toMatchObject({
      status: 'success',
      gasLeft: need - 1n - own,
      created: creationAddress(CALLER, 0n),
    });
    expect(early.diff.get(early.created!)?.code).toBeUndefined();
  });

  test('that may not be takes the creation back', () => {
    const init = program(1n, 1n, 'SSTORE', 24577n, 0n, 'RETURN');
    const result = execute([...create(init, { value: 3n }), 'POP'], { gas: 20_000_000n });
    expect(result.diff.get(CONTRACT)?.after).toMatchObject({ nonce: 2n, balance: ETHER });
    expect(result.diff.has(NONCE_ONE)).toBe(false);
  });
});

describe('initcode', () => {
  const sized = (size: bigint): Piece[] => [size, 0n, 0n, 'CREATE'];
  test('may have 49152 bytes from Shanghai on', () => {
    expect(execute(sized(49152n)).status).toBe('success');
    expect(execute(sized(49153n)).halt).toMatchObject({ reason: 'initcodeTooLarge', name: 'CREATE' });
    expect(execute([0n, ...sized(49153n).slice(0, 3), 'CREATE2']).halt).toMatchObject({
      reason: 'initcodeTooLarge',
    });
    expect(execute(sized(49153n), { fork: paris }).status).toBe('success');
  });

  test('costs two gas a word from Shanghai on, and CREATE2 six more since there is one', () => {
    const gas = (fork: typeof osaka, isSalted: boolean, size: bigint) => {
      const pieces: Piece[] = isSalted ? [0n, size, 0n, 0n, 'CREATE2'] : sized(size);
      return execute([0n, 2000n, 'MSTORE', ...pieces], { fork }).gasUsed;
    };
    const perWord = (fork: typeof osaka, isSalted: boolean) =>
      gas(fork, isSalted, 65n) - gas(fork, isSalted, 0n);
    expect([perWord(osaka, false), perWord(osaka, true)]).toEqual([6n, 24n]);
    expect([perWord(constantinople, false), perWord(constantinople, true)]).toEqual([0n, 18n]);
  });
});

test('the gas of a creation is all but a 64th, and all of it before Tangerine Whistle', () => {
  const left = (fork: typeof osaka) => execute(create(program(0xfe)), { fork, gas: 1_000_000n }).gasLeft;
  const own = (fork: typeof osaka) => 3n + 3n + 6n + 9n + 32000n + (fork === osaka ? 2n : 0n);
  for (const fork of [byzantium, osaka]) expect(left(fork)).toBe((1_000_000n - own(fork)) / 64n);
  expect(left(homestead)).toBe(0n);
});
