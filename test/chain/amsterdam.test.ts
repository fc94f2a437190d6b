/**
 * Amsterdam's rules for transactions as the EIPs have them now, one EIP after another: each by numbers written out here,
 * not read from the fork.
 */

import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/bytes.ts';
import { signAuthorization } from '../../src/chain/authorization.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { InvalidTransaction } from '../../src/errors.ts';
import { delegationCode } from '../../src/machine/delegation.ts';
import { creationAddress, saltedCreationAddress } from '../../src/machine/host/create.ts';
import { amsterdam } from '../../src/protocol/forks.ts';
import {
  account,
  CALLER,
  CONTRACT,
  ETHER,
  NOBODY,
  OTHER,
  type Piece,
  program,
  wordOf,
} from '../machine/program.ts';
import { both, callWith, createWith, INVALID, type Sent, sendUnder, systemLogs, type World } from './sent.ts';

/** Gas for a byte of state, whatever the gas limit, and for what consists of such. */
const BYTE = 1530n;
const NEW_SLOT = 64n * BYTE;
const NEW_ACCOUNT = 120n * BYTE;
const DESIGNATOR = 23n * BYTE;
/** The most regular gas of a transaction: what is beyond it is for state alone. */
const MOST = 2n ** 24n;
/** What a transaction to a contract pays before anything runs. */
const CALLING = 15_000n;

const send = sendUnder(amsterdam);

/** Regular gas of code that is run by a call, less what the transaction pays anyway. */
const costOf = (pieces: readonly Piece[], sent: Sent = {}): bigint =>
  send(pieces, sent).regularGasUsed - CALLING;

describe('the reference cases (EIP-2780)', () => {
  const delegated: World = [[OTHER, account({ nonce: 1n, code: delegationCode(CONTRACT) })]];
  const created = creationAddress(CALLER, 0n);
  const funded: World = [[created, account({ balance: 1n })]];

  it.each<[string, Sent, bigint, bigint]>([
    ['a transfer to oneself', { to: CALLER, value: 1n }, 12_000n, 0n],
    ['nothing to oneself', { to: CALLER }, 12_000n, 0n],
    ['nothing to nobody', { to: NOBODY }, 15_000n, 0n],
    ['nothing to a contract', {}, 15_000n, 0n],
    [
      'a transfer to an account',
      { to: OTHER, value: 1n, world: [[OTHER, account({ balance: 1n })]] },
      21_000n,
      0n,
    ],
    ['a transfer to a contract', { value: 1n }, 21_000n, 0n],
    ['nothing to a delegation', { to: OTHER, world: delegated }, 18_000n, 0n],
    ['a transfer to a delegation', { to: OTHER, value: 1n, world: delegated }, 24_000n, 0n],
    ['a transfer to nobody', { to: NOBODY, value: 1n }, 21_000n, NEW_ACCOUNT],
    ['a creation', { to: null }, 24_000n, NEW_ACCOUNT],
    ['a creation with value', { to: null, value: 1n }, 24_000n, NEW_ACCOUNT],
    ['a creation where ether is', { to: null, value: 1n, world: funded }, 24_000n, 0n],
    [
      'a transfer to oneself, who delegates',
      {
        to: CALLER,
        value: 1n,
        world: [[CALLER, account({ balance: ETHER, code: delegationCode(CONTRACT) })]],
      },
      15_000n,
      0n,
    ],
  ])('price %s', (_, sent, regular, state) => {
    const result = send([], sent);
    expect(result.status).toBe('success');
    expect(both(result)).toEqual([regular, state]);
    expect(result.gasUsed).toBe(regular + state);
    // Exactly that is enough, and one less halts the transaction and does not keep it out of the block.
    expect(send([], { ...sent, gasLimit: regular + state }).status).toBe('success');
    const short = { ...sent, gasLimit: regular + state - 1n };
    const isIntrinsic = regular === result.intrinsic.regular && state === 0n;
    if (isIntrinsic) expect(() => send([], short)).toThrow(InvalidTransaction);
    else expect(send([], short)).toMatchObject({ halt: { reason: 'outOfGas' }, gasUsed: short.gasLimit });
  });

  it('take a delegate that is warm for 100', () => {
    const more = { type: 1, chainId: 1n, accessList: [{ address: CONTRACT, storageKeys: [] }] } as const;
    const { regularGasUsed } = send([], { to: OTHER, world: delegated, more });
    expect(regularGasUsed).toBe(15_000n + 2900n + 20n * 64n + 100n);
  });

  it('leave nothing behind where they cannot be paid, but the nonce and the fee', () => {
    const { diff, logs, status } = send([], { to: NOBODY, value: 1n, gasLimit: 100_000n });
    expect([status, logs, [...diff.keys()]]).toEqual(['halt', [], [CALLER]]);
    expect(diff.get(CALLER)!.after).toMatchObject({ nonce: 1n, balance: 1000n * ETHER });
  });

  it('give the account back where the creation fails: the gas to whom it halts, all to whom it reverts', () => {
    const reverting = program(0n, 0n, 'REVERT');
    // Five bytes, whose floor is above what they and two pushes cost.
    expect(both(send([], { to: null, data: reverting }))).toEqual([24_000n + 5n * 64n, 0n]);
    expect(both(send([], { to: null, data: program(INVALID), gasLimit: 300_000n }))).toEqual([300_000n, 0n]);
    // What the reservoir had paid is whole again though the creation halted.
    const large = { to: null, data: program(INVALID), gasLimit: MOST + NEW_ACCOUNT };
    expect(send([], large)).toMatchObject({ gasUsed: MOST, regularGasUsed: MOST, stateGasUsed: 0n });
  });

  it('give the account back where a precompile fails', () => {
    const to: Address = `0x${'00'.repeat(19)}08`;
    const data = new Uint8Array(1);
    const { status, stateGasUsed, gasUsed } = send([], { to, value: 1n, data, gasLimit: MOST + NEW_ACCOUNT });
    expect([status, stateGasUsed, gasUsed]).toEqual(['halt', 0n, MOST]);
  });
});

describe('authorizations (EIP-2780)', () => {
  const key = new Uint8Array(32).fill(7);
  const authority = addressOfPrivateKey(key);
  const sign = (address: Address, nonce: bigint) => signAuthorization({ chainId: 1n, address, nonce }, key);
  const clear: Address = `0x${'00'.repeat(20)}`;
  const more = (...authorizationList: ReturnType<typeof sign>[]) => ({
    type: 4 as const,
    chainId: 1n,
    accessList: [],
    authorizationList,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
  });
  const BASE = 7816n;
  const WRITE = 9000n;
  const there: World = [[authority, account({ balance: 1n })]];
  const delegating: World = [[authority, account({ nonce: 0n, balance: 1n, code: delegationCode(NOBODY) })]];

  it('pay for the account, its write and the designator', () => {
    const result = send([], { more: more(sign(OTHER, 0n)) });
    expect(both(result)).toEqual([CALLING + BASE + WRITE, NEW_ACCOUNT + DESIGNATOR]);
    expect(result.diff.get(authority)!.after!.nonce).toBe(1n);
  });

  it('pay for what is new, and once', () => {
    const priceOf = (world: World, ...list: ReturnType<typeof sign>[]) =>
      both(send([], { world, more: more(...list) }));
    expect(priceOf(there, sign(OTHER, 0n))).toEqual([CALLING + BASE + WRITE, DESIGNATOR]);
    expect(priceOf(delegating, sign(OTHER, 0n))).toEqual([CALLING + BASE + WRITE, 0n]);
    expect(priceOf(there, sign(clear, 0n))).toEqual([CALLING + BASE + WRITE, 0n]);
    const twice = CALLING + 2n * BASE + WRITE;
    expect(priceOf([], sign(OTHER, 0n), sign(NOBODY, 1n))).toEqual([twice, NEW_ACCOUNT + DESIGNATOR]);
    expect(priceOf(there, sign(clear, 0n), sign(OTHER, 1n))).toEqual([twice, DESIGNATOR]);
    expect(priceOf(delegating, sign(clear, 0n), sign(OTHER, 1n))).toEqual([twice, 0n]);
    const thrice = CALLING + 3n * BASE + WRITE;
    expect(priceOf(there, sign(OTHER, 0n), sign(clear, 1n), sign(OTHER, 2n))).toEqual([thrice, DESIGNATOR]);
    // One that is passed over pays only what all pay.
    expect(priceOf(there, sign(OTHER, 5n))).toEqual([CALLING + BASE, 0n]);
  });

  it('pay for no write that the transaction pays for anyway', () => {
    const toAuthority = (value: bigint) =>
      both(send([], { to: authority, value, world: there, more: more(sign(clear, 0n)) }));
    expect(toAuthority(1n)).toEqual([21_000n + BASE, 0n]);
    expect(toAuthority(0n)).toEqual([15_000n + BASE + WRITE, 0n]);
  });

  it('are undone where they, or what follows before the first frame, cannot be paid', () => {
    const list = more(sign(OTHER, 0n));
    const all = CALLING + BASE + WRITE + NEW_ACCOUNT + DESIGNATOR;
    const short = send([], { more: list, gasLimit: all - 1n });
    expect(short).toMatchObject({ status: 'halt', gasUsed: all - 1n, stateGasUsed: 0n });
    expect(short.diff.has(authority)).toBe(false);
    const value = { to: NOBODY, value: 1n, more: list, gasLimit: all + 6000n + NEW_ACCOUNT - 1n };
    expect(send([], value)).toMatchObject({ status: 'halt', stateGasUsed: 0n });
    expect(send([], value).diff.has(authority)).toBe(false);
  });

  it('stay, with what they cost, where the call fails', () => {
    const { diff, stateGasUsed } = send([0n, 0n, 'REVERT'], { more: more(sign(OTHER, 0n)) });
    expect(diff.has(authority)).toBe(true);
    expect(stateGasUsed).toBe(NEW_ACCOUNT + DESIGNATOR);
  });
});

describe('floors (EIP-7976, EIP-7981, EIP-2780)', () => {
  it('stand on what the transaction pays for its recipient, its value or its creation', () => {
    const data = new Uint8Array(100);
    expect(send([], { data }).gasUsed).toBe(15_000n + 6400n);
    expect(send([], { to: CALLER, value: 1n, data }).gasUsed).toBe(12_000n + 6400n);
    expect(send([], { value: 1n, data }).gasUsed).toBe(21_000n + 6400n);
    expect(send([], { to: null, data }).intrinsic.floor).toBe(24_000n + 6400n);
  });

  it('count the bytes of access lists, which cost more besides', () => {
    const accessList = [{ address: OTHER, storageKeys: [1n, 2n] }];
    const { gasUsed, intrinsic } = send([], { more: { type: 1, chainId: 1n, accessList } });
    expect(gasUsed).toBe(15_000n + 4180n + 2n * 4048n);
    expect(intrinsic.floor).toBe(15_000n + 64n * (20n + 64n));
  });

  it('are of regular gas: what goes for state does not fill them', () => {
    const data = new Uint8Array(1000);
    const result = send([1n, 1n, 'SSTORE'], { data });
    const regular = 15_000n + 4000n + 12_106n;
    expect(both(result)).toEqual([15_000n + 64_000n, NEW_SLOT]);
    expect(result.gasUsed).toBe(regular + NEW_SLOT);
  });
});

describe('storage (EIP-8037, EIP-8038)', () => {
  const world = (value: bigint, code: readonly Piece[]): World => [
    [CONTRACT, account({ nonce: 1n, code: program(...code), storage: new Map([[1n, value]]) })],
  ];
  const store = (value: bigint): readonly Piece[] => [value, 1n, 'SSTORE'];
  const PUSHES = 6n;
  const COLD = 2100n;
  const WARM = 100n;
  const WRITE = 10_000n;
  const CLEAR = 11_616n;

  it.each<[string, bigint, readonly bigint[], bigint, bigint, bigint]>([
    ['a new slot', 0n, [5n], COLD + WRITE, NEW_SLOT, 0n],
    ['a changed slot', 3n, [5n], COLD + WRITE, 0n, 0n],
    ['a cleared slot', 3n, [0n], COLD + WRITE, 0n, CLEAR],
    ['a slot that stays', 3n, [3n], COLD, 0n, 0n],
    ['an empty slot that stays', 0n, [0n], COLD, 0n, 0n],
    ['a slot set and cleared', 0n, [5n, 0n], COLD + WRITE + WARM, 0n, WRITE],
    ['a slot set and changed', 0n, [5n, 6n], COLD + WRITE + WARM, NEW_SLOT, 0n],
    ['a slot changed and restored', 3n, [5n, 3n], COLD + WRITE + WARM, 0n, WRITE],
    ['a slot changed and cleared', 3n, [5n, 0n], COLD + WRITE + WARM, 0n, CLEAR],
    ['a slot cleared and restored', 3n, [0n, 3n], COLD + WRITE + WARM, 0n, WRITE],
    ['a slot cleared and set', 3n, [0n, 5n], COLD + WRITE + WARM, 0n, 0n],
    ['a slot changed twice', 3n, [5n, 6n], COLD + WRITE + WARM, 0n, 0n],
  ])('prices %s', (_, original, values, regular, state, refund) => {
    const result = send([], { world: world(original, values.flatMap(store)) });
    const spent = CALLING + BigInt(values.length) * PUSHES + regular;
    expect(both(result)).toEqual([spent, state]);
    const most = (spent + state) / 5n;
    expect(result.gasRefunded).toBe(refund < most ? refund : most);
  });

  it('prices a warm slot by 100 in place of 2100', () => {
    const code: Piece[] = [1n, 'SLOAD', 'POP', ...store(5n)];
    expect(costOf([], { world: world(3n, code) })).toBe(3n + COLD + 2n + PUSHES + WARM + WRITE);
  });
});

describe('accounts (EIP-8038)', () => {
  it('cost 3000 to reach, and their code 100 more', () => {
    const reach = (op: 'BALANCE' | 'EXTCODEHASH' | 'EXTCODESIZE') => costOf([wordOf(OTHER), op]) - 3n;
    expect(reach('BALANCE')).toBe(3000n);
    expect(reach('EXTCODEHASH')).toBe(3000n);
    expect(reach('EXTCODESIZE')).toBe(3100n);
    expect(costOf([0n, 0n, 0n, wordOf(OTHER), 'EXTCODECOPY'])).toBe(12n + 3100n);
    expect(costOf([wordOf(CALLER), 'EXTCODESIZE'])).toBe(3n + 200n);
  });

  it("cost 11,300 to send value to, of which 2300 are the recipient's", () => {
    const pushes = 5n * 3n + 3n + 2n + 2n;
    expect(costOf(callWith(OTHER, 1n), { world: [[OTHER, account({ balance: 1n })]] })).toBe(
      pushes + 3000n + 11_300n - 2300n,
    );
  });

  it('cost 9000 to be made by SELFDESTRUCT, besides their state', () => {
    const result = send([wordOf(NOBODY), 'SELFDESTRUCT']);
    expect(both(result)).toEqual([CALLING + 3n + 5000n + 3000n + 9000n, NEW_ACCOUNT]);
    const there: World = [[NOBODY, account({ nonce: 1n })]];
    expect(both(send([wordOf(NOBODY), 'SELFDESTRUCT'], { world: there }))).toEqual([CALLING + 8003n, 0n]);
  });
});

describe('gas of state (EIP-8037)', () => {
  it('costs the same whatever the gas limit', () => {
    for (const blockGasLimit of [10_000_000n, 60_000_000n, 300_000_000n]) {
      expect(send([1n, 1n, 'SSTORE'], { blockGasLimit }).stateGasUsed).toBe(NEW_SLOT);
    }
  });

  it('is paid by creations where nothing was, and comes back where they fail', () => {
    const creation = (initcode: Uint8Array, value = 0n, world: World = []) =>
      send(createWith(initcode, value), { world }).stateGasUsed;
    expect(creation(program('STOP'))).toBe(NEW_ACCOUNT);
    expect(creation(program('STOP'), 2n * ETHER)).toBe(0n);
    expect(creation(program(INVALID))).toBe(0n);
    expect(creation(program(5n, 0n, 'RETURN'))).toBe(NEW_ACCOUNT + 5n * BYTE);
    const funded: World = [[creationAddress(CONTRACT, 1n), account({ balance: 1n })]];
    expect(creation(program('STOP'), 0n, funded)).toBe(0n);
    const colliding: World = [[creationAddress(CONTRACT, 1n), account({ storage: new Map([[1n, 1n]]) })]];
    expect(creation(program('STOP'), 0n, colliding)).toBe(0n);
  });

  it('is paid by calls that make an account, and comes back where they are not made', () => {
    expect(send(callWith(NOBODY, 1n)).stateGasUsed).toBe(NEW_ACCOUNT);
    expect(send(callWith(NOBODY, 2n * ETHER)).stateGasUsed).toBe(0n);
    // A precompile that fails, having no ether of its own.
    const pairing = wordOf(`0x${'00'.repeat(19)}08`);
    const failing: Piece[] = [0n, 0n, 1n, 0n, 1n, pairing, 50_000n, 'CALL', 'POP'];
    expect(send(failing).stateGasUsed).toBe(0n);
    expect(send(failing, { gasLimit: MOST + NEW_ACCOUNT }).stateGasUsed).toBe(0n);
  });

  it('goes back to the gas that paid it, and only the rest to the reservoir', () => {
    // With half a slot in the reservoir: what GAS says before and after a slot was set and cleared.
    const half = NEW_SLOT / 2n;
    const pieces: Piece[] = [
      ...(['GAS', 1n, 1n, 'SSTORE', 'GAS', 0n, 1n, 'SSTORE', 'GAS'] as const),
      ...([2n, 'SSTORE', 3n, 'SSTORE', 4n, 'SSTORE'] as const),
    ];
    const { diff } = send(pieces, { gasLimit: MOST + half, data: new Uint8Array(0) });
    const [first, second, third] = [4n, 3n, 2n].map((key) => diff.get(CONTRACT)!.storage.get(key)!);
    expect(first - second).toBe(2n + 6n + 12_100n + half);
    expect(third - second).toBe(half - 2n - 6n - 100n);
  });

  it("of a frame that reverts is the frame's again, of one that halts is gone", () => {
    const inner = (end: readonly Piece[]): World => [
      [OTHER, account({ nonce: 1n, code: program(1n, 1n, 'SSTORE', ...end) })],
    ];
    const call: readonly Piece[] = [0n, 0n, 0n, 0n, 0n, wordOf(OTHER), 200_000n, 'CALL', 'POP'];
    const pushes = 5n * 3n + 3n + 3n + 2n + 3000n;
    const reverted = send(call, { world: inner([0n, 0n, 'REVERT']) });
    expect(both(reverted)).toEqual([CALLING + pushes + 6n + 12_100n + 6n, 0n]);
    expect(both(send(call, { world: inner([INVALID]) }))).toEqual([CALLING + pushes + 200_000n, 0n]);
    // From the reservoir it comes back in either case.
    const gasLimit = MOST + NEW_SLOT;
    expect(send(call, { world: inner([INVALID]), gasLimit }).gasUsed).toBe(CALLING + pushes + 200_000n);
  });

  it('does not come back for accounts that are created and destroyed', () => {
    const initcode = program(1n, 1n, 'SSTORE', wordOf(CALLER), 'SELFDESTRUCT');
    expect(send(createWith(initcode, 0n)).stateGasUsed).toBe(NEW_ACCOUNT + NEW_SLOT);
  });

  it('of a creation that collides is not charged, and the block counts what burns', () => {
    const world: World = [[creationAddress(CALLER, 0n), account({ nonce: 1n })]];
    const { gasUsed, regularGasUsed, stateGasUsed } = send([], { to: null, world, gasLimit: 500_000n });
    expect([gasUsed, regularGasUsed, stateGasUsed]).toEqual([500_000n, 500_000n, 0n]);
  });
});

describe('ether of the destroyed (EIP-8246)', () => {
  const created = creationAddress(CONTRACT, 1n);

  it('stays theirs, and nothing else does', () => {
    const initcode = program(1n, 1n, 'SSTORE', 'ADDRESS', 'SELFDESTRUCT');
    const result = send(createWith(initcode, 7n));
    expect(result.diff.get(created)).toMatchObject({ after: { nonce: 0n, balance: 7n }, code: undefined });
    expect(result.diff.get(created)!.storage.size).toBe(0);
    expect(systemLogs(result)).toEqual([`transfer ${CONTRACT} ${created} 7`]);
  });

  it('is what they are sent later, too', () => {
    const later: Piece[] = [0n, 0n, 0n, 0n, 4n, 'DUP6', 'GAS', 'CALL'];
    const result = send([...createWith(program(wordOf(OTHER), 'SELFDESTRUCT'), 7n), ...later]);
    expect(result.diff.get(created)!.after).toMatchObject({ nonce: 0n, balance: 4n });
    expect(result.diff.get(OTHER)!.after!.balance).toBe(7n);
    expect(systemLogs(result)).toEqual([
      `transfer ${CONTRACT} ${created} 7`,
      `transfer ${created} ${OTHER} 7`,
      `transfer ${CONTRACT} ${created} 4`,
    ]);
  });

  it('is none where there is none: they are gone', () => {
    const result = send(createWith(program('ADDRESS', 'SELFDESTRUCT'), 0n));
    expect(result.diff.has(created)).toBe(false);
  });

  it('does not keep CREATE2 from creating there again', () => {
    const initcode = program('ADDRESS', 'SELFDESTRUCT');
    const salted = saltedCreationAddress(CONTRACT, 0n, initcode);
    const create = createWith(initcode, 7n).slice(0, -1);
    const pieces: Piece[] = [...create.slice(0, 3), 0n, ...create.slice(3), 'CREATE2'];
    const world: World = [[salted, account({ balance: 7n })]];
    const { diff, stateGasUsed } = send(pieces, { world });
    expect(diff.get(salted)!.after!.balance).toBe(14n);
    // It was there: only ether came.
    expect(stateGasUsed).toBe(0n);
  });
});

describe('sizes (EIP-7954)', () => {
  const gasLimit = MOST + 200_000_000n;

  it('of code are 65,536 bytes', () => {
    const deploy = (size: number) =>
      send([], {
        to: null,
        data: program(BigInt(size), 0n, 'RETURN'),
        gasLimit,
        blockGasLimit: 300_000_000n,
      });
    expect(deploy(65_536).status).toBe('success');
    expect(deploy(65_537).halt?.reason).toBe('codeTooLarge');
  });

  it('of initcode are 131,072 bytes, in transactions and in CREATE', () => {
    const creation = (size: number) =>
      send([], { to: null, data: new Uint8Array(size), gasLimit: 16_000_000n });
    expect(creation(131_072).status).toBe('success');
    expect(() => creation(131_073)).toThrow(InvalidTransaction);
    const create = (size: bigint): Piece[] => [size, 0n, 0n, 'CREATE'];
    expect(send(create(131_072n)).status).toBe('success');
    expect(send(create(131_073n)).halt?.reason).toBe('initcodeTooLarge');
  });
});
