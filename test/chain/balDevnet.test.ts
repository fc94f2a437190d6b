/** Amsterdam's rules for transactions as the official tests have them, one EIP after another: each by numbers written out here, not read from the fork. */

import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { signAuthorization } from '../../src/chain/authorization.ts';
import { addressOfPrivateKey } from '../../src/chain/signature.ts';
import { InvalidTransaction } from '../../src/errors.ts';
import { creationAddress } from '../../src/machine/host/create.ts';
import { balDevnet, bpo2 } from '../../src/protocol/forks.ts';
import {
  account,
  CALLER,
  CONTRACT,
  ETHER,
  execute,
  NOBODY,
  OTHER,
  type Piece,
  program,
  topOf,
  wordOf,
} from '../machine/program.ts';
import { callWith, createWith, INVALID, sendUnder, systemLogs, type World } from './sent.ts';

/** Gas for a byte of state in blocks of 120,000,000 gas, and for what consists of such. */
const BYTE = 1174n;
const NEW_SLOT = 32n * BYTE;
const NEW_ACCOUNT = 112n * BYTE;

const send = sendUnder(balDevnet);

describe('logs of transfers (EIP-7708)', () => {
  it('come first, and one for each ether that moves to someone else', () => {
    const pieces: Piece[] = [0n, 0n, 'LOG0', ...callWith(OTHER, 3n), ...callWith(OTHER, 0n)];
    expect(systemLogs(send(pieces, { value: 5n }))).toEqual([
      `transfer ${CALLER} ${CONTRACT} 5`,
      'own',
      `transfer ${CONTRACT} ${OTHER} 3`,
    ]);
  });

  it('are none of ether that stays where it is', () => {
    expect(send([], { to: CALLER, value: 5n }).logs).toEqual([]);
  });

  it('are none before Amsterdam', () => {
    expect(send([], { value: 5n, fork: bpo2 }).logs).toEqual([]);
  });

  it('go with the frame that fails', () => {
    const world: World = [[OTHER, account({ code: program(INVALID) })]];
    const pieces = callWith(OTHER, 3n).map((piece) => (piece === 'GAS' ? 1000n : piece));
    expect(systemLogs(send(pieces, { value: 5n, world }))).toEqual([`transfer ${CALLER} ${CONTRACT} 5`]);
    expect(send([INVALID], { value: 5n }).logs).toEqual([]);
  });

  it('tell of what new contracts are endowed with, and of what the destroyed leave', () => {
    const created = creationAddress(CONTRACT, 1n);
    const initcode = program(wordOf(OTHER), 'SELFDESTRUCT');
    expect(systemLogs(send(createWith(initcode, 7n)))).toEqual([
      `transfer ${CONTRACT} ${created} 7`,
      `transfer ${created} ${OTHER} 7`,
    ]);
  });

  it('tell of ether that burns: at once with itself as beneficiary, or at the end of the transaction', () => {
    const created = creationAddress(CONTRACT, 1n);
    const pieces = [...createWith(program('ADDRESS', 'SELFDESTRUCT'), 7n)];
    // Ether that is sent to what is about to go burns at the end.
    const later: Piece[] = [0n, 0n, 0n, 0n, 4n, 'DUP6', 'GAS', 'CALL'];
    expect(systemLogs(send([...pieces, ...later, 0n, 0n, 'LOG0']))).toEqual([
      `transfer ${CONTRACT} ${created} 7`,
      `burn ${created} 7`,
      `transfer ${CONTRACT} ${created} 4`,
      'own',
      `burn ${created} 4`,
    ]);
  });

  it('say nothing of an old contract that names itself as beneficiary', () => {
    const result = send(['ADDRESS', 'SELFDESTRUCT']);
    expect(result.logs).toEqual([]);
    expect(result.diff.has(CONTRACT)).toBe(false);
  });
});

describe('gas of state (EIP-8037)', () => {
  it('is apart from the gas of instructions', () => {
    // PUSH1 PUSH1 SSTORE of a cold, empty slot
    const { gasUsed, regularGasUsed, stateGasUsed } = send([1n, 1n, 'SSTORE']);
    expect(regularGasUsed).toBe(21000n + 6n + 2100n + 2900n);
    expect(stateGasUsed).toBe(NEW_SLOT);
    expect(gasUsed).toBe(regularGasUsed + NEW_SLOT);
  });

  it('comes back within a transaction, and the block counts it so', () => {
    const { gasUsed, regularGasUsed, stateGasUsed, gasRefunded } = send([
      ...([1n, 1n, 'SSTORE'] as const),
      ...([0n, 1n, 'SSTORE'] as const),
    ]);
    expect(stateGasUsed).toBe(0n);
    expect(regularGasUsed).toBe(21000n + 12n + 2100n + 2900n + 100n);
    expect(gasRefunded).toBe(2800n);
    expect(gasUsed).toBe(regularGasUsed - 2800n);
  });

  it('is priced by the gas limit of the block', () => {
    const priceAt = (blockGasLimit: bigint) => send([1n, 1n, 'SSTORE'], { blockGasLimit }).stateGasUsed / 32n;
    expect(priceAt(10_000_000n)).toBe(1n);
    expect(priceAt(36_000_000n)).toBe(150n);
    expect(priceAt(60_000_000n)).toBe(662n);
    expect(priceAt(120_000_000n)).toBe(1174n);
    expect(priceAt(300_000_000n)).toBe(3222n);
  });

  it('is paid for accounts that ether brings about, and for none that are there', () => {
    expect(send(callWith(NOBODY, 1n)).stateGasUsed).toBe(NEW_ACCOUNT);
    expect(send(callWith(NOBODY, 0n)).stateGasUsed).toBe(0n);
    expect(send(callWith(CALLER, 1n)).stateGasUsed).toBe(0n);
    expect(send([wordOf(NOBODY), 'SELFDESTRUCT']).stateGasUsed).toBe(NEW_ACCOUNT);
    // A transaction's own recipient is nobody's opcode.
    expect(send([], { to: NOBODY, value: 1n }).stateGasUsed).toBe(0n);
  });

  it('stays spent for a call that cannot be made, but not for a creation', () => {
    expect(send(callWith(NOBODY, 2n * ETHER)).stateGasUsed).toBe(NEW_ACCOUNT);
    expect(send(createWith(program('STOP'), 2n * ETHER)).stateGasUsed).toBe(0n);
    expect(send(createWith(program(INVALID), 0n)).stateGasUsed).toBe(0n);
    expect(send(createWith(program('STOP'), 0n)).stateGasUsed).toBe(NEW_ACCOUNT);
  });

  it('is paid for each byte of code', () => {
    // Returns five zero bytes.
    const initcode = program(5n, 0n, 'RETURN');
    const { stateGasUsed, regularGasUsed } = send(createWith(initcode, 0n));
    expect(stateGasUsed).toBe(NEW_ACCOUNT + 5n * BYTE);
    const pushes = 6n * 3n;
    const memory = 3n;
    // its two pushes, memory, and 6 for the word that is deployed
    const inside = 6n + memory + 6n;
    expect(regularGasUsed).toBe(21000n + pushes + 3n + memory + 9000n + 2n + inside - 3n);
  });

  it('is part of what a creation must be able to pay at all', () => {
    const least = 21000n + 9000n + NEW_ACCOUNT;
    expect(send([], { to: null, gasLimit: least })).toMatchObject({
      status: 'success',
      gasUsed: least,
      regularGasUsed: 30000n,
      stateGasUsed: NEW_ACCOUNT,
    });
    expect(() => send([], { to: null, gasLimit: least - 1n })).toThrow(InvalidTransaction);
  });

  it('stays spent where a creation by transaction fails, and is otherwise for nothing that fails', () => {
    const failing = program(1n, 1n, 'SSTORE', INVALID);
    expect(send([], { to: null, data: failing }).stateGasUsed).toBe(NEW_ACCOUNT);
    expect(send([1n, 1n, 'SSTORE', 0n, 0n, 'REVERT']).stateGasUsed).toBe(0n);
    expect(send([1n, 1n, 'SSTORE', INVALID])).toMatchObject({ stateGasUsed: 0n, status: 'halt' });
  });

  it('comes back for accounts that are created and destroyed, with all that they stored', () => {
    const initcode = program(1n, 1n, 'SSTORE', wordOf(CALLER), 'SELFDESTRUCT');
    expect(send(createWith(initcode, 0n)).stateGasUsed).toBe(0n);
  });

  it('has a reservoir: what a transaction has beyond 2^24 is for state alone', () => {
    const most = 2n ** 24n;
    const gasLimit = most + 2n * NEW_SLOT;
    expect(send(['GAS', 1n, 'SSTORE'], { gasLimit }).diff.get(CONTRACT)!.storage.get(1n)).toBe(
      most - 21000n - 2n,
    );
    // All regular gas burns, and the reservoir comes back.
    expect(send([1n, 1n, 'SSTORE', INVALID], { gasLimit })).toMatchObject({
      gasUsed: most,
      regularGasUsed: most,
      stateGasUsed: 0n,
    });
  });

  it('is charged to a frame that has no reservoir, after all else', () => {
    // Exactly enough, and one less.
    const gas = 21000n + 6n + 5000n + NEW_SLOT;
    expect(send([1n, 1n, 'SSTORE'], { gasLimit: gas }).status).toBe('success');
    expect(send([1n, 1n, 'SSTORE'], { gasLimit: gas - 1n }).halt?.reason).toBe('outOfGas');
  });
});

describe('gas of blocks (EIP-7778)', () => {
  it('is not freed by refunds', () => {
    const storage = new Map([[1n, 1n]]);
    const world: World = [[CONTRACT, account({ nonce: 1n, code: program(0n, 1n, 'SSTORE'), storage })]];
    const { gasUsed, regularGasUsed, gasRefunded } = send([], { world });
    expect(regularGasUsed).toBe(21000n + 6n + 5000n);
    expect(gasRefunded).toBe(4800n);
    expect(gasUsed).toBe(regularGasUsed - 4800n);
    const before = send([], { world, fork: bpo2 });
    expect(before.regularGasUsed).toBe(before.gasUsed);
  });
});

describe('floors (EIP-7976, EIP-7981)', () => {
  it('are 64 gas for each byte, zero or not', () => {
    const data = Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
    expect(send([], { data })).toMatchObject({ gasUsed: 21640n, regularGasUsed: 21640n });
  });

  it('count the bytes of access lists, which cost more besides', () => {
    const more = {
      type: 1,
      chainId: 1n,
      accessList: [{ address: OTHER, storageKeys: [1n, 2n] }],
    } as const;
    const { gasUsed, intrinsic } = send([], { more });
    expect(gasUsed).toBe(21000n + 3680n + 2n * 3948n);
    expect(intrinsic.floor).toBe(21000n + 64n * (20n + 64n));
  });
});

describe('authorizations (EIP-7702 with EIP-8037)', () => {
  const key = new Uint8Array(32).fill(7);
  const authority = addressOfPrivateKey(key);
  const authorizationList = [signAuthorization({ chainId: 1n, address: OTHER, nonce: 0n }, key)];
  const more = {
    type: 4 as const,
    chainId: 1n,
    accessList: [],
    authorizationList,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
  };
  const price = 135n * BYTE;

  it('pay for an account and a designator', () => {
    const result = send([], { more });
    expect(result).toMatchObject({ regularGasUsed: 28500n, stateGasUsed: price, gasUsed: 28500n + price });
    expect(result.diff.get(authority)!.after!.nonce).toBe(1n);
  });

  it('give the account back to the sender where it is there already, but not to the block', () => {
    const result = send([], { more, world: [[authority, account({ balance: 1n })]] });
    expect(result).toMatchObject({ regularGasUsed: 28500n, stateGasUsed: price });
    expect(result.gasUsed).toBe(28500n + price - NEW_ACCOUNT);
  });
});

describe('sizes (EIP-7954)', () => {
  const deploying = (size: number) => program(BigInt(size), 0n, 'RETURN');

  it('of code are twice what they were, less a third', () => {
    const gasLimit = 2n ** 24n + 60_000_000n;
    const deploy = (size: number) => send([], { to: null, data: deploying(size), gasLimit });
    expect(deploy(32768).status).toBe('success');
    expect(deploy(32769).halt?.reason).toBe('codeTooLarge');
  });

  it('of initcode are 65,536 bytes, in transactions and in CREATE', () => {
    const gasLimit = 16_000_000n;
    const creation = (size: number) => send([], { to: null, data: new Uint8Array(size), gasLimit });
    expect(creation(65536).status).toBe('success');
    expect(() => creation(65537)).toThrow(InvalidTransaction);
    const create = (size: bigint): Piece[] => [size, 0n, 0n, 'CREATE'];
    expect(send(create(65536n)).status).toBe('success');
    expect(send(create(65537n)).halt?.reason).toBe('initcodeTooLarge');
  });
});

describe('the slot number (EIP-7843)', () => {
  it('is the block context that SLOTNUM pushes for 2 gas', () => {
    const block = { slotNumber: 2n ** 64n - 1n };
    expect(topOf(['SLOTNUM'], { fork: balDevnet, block })).toBe(2n ** 64n - 1n);
    expect(execute(['SLOTNUM'], { fork: balDevnet, block }).gasUsed).toBe(2n);
    expect(execute(['SLOTNUM'], { fork: bpo2, block }).halt?.reason).toBe('undefinedOpcode');
  });
});

describe('deep stack operations (EIP-8024)', () => {
  const fork = balDevnet;
  /** The stack, from the top, after code ran on 1, 2, …, height (the top). */
  function stackAfter(height: number, ...code: readonly number[]): bigint[] {
    const pushes = Array.from({ length: height }, (_, i) => BigInt(i + 1));
    const stores = Array.from({ length: 260 }, (_, i) => [BigInt(32 * i), 'MSTORE'] as const);
    const grows = code[0] === 0xe6 ? 1 : 0;
    const pieces: Piece[] = [...pushes, ...code, ...stores.slice(0, height + grows).flat()];
    const { output } = execute([...pieces, BigInt(32 * (height + grows)), 0n, 'RETURN'], { fork });
    return Array.from({ length: output.length / 32 }, (_, i) =>
      BigInt(toHex(output.subarray(32 * i, 32 * i + 32))),
    );
  }
  const haltOf = (height: number, ...code: readonly number[]) =>
    execute([...Array.from({ length: height }, () => 0n), ...code], { fork }).halt?.reason;

  it('duplicate the n-th word', () => {
    expect(stackAfter(17, 0xe6, 0x80)[0]).toBe(1n);
    expect(haltOf(16, 0xe6, 0x80)).toBe('stackUnderflow');
    // 235 is the deepest; 0x5a decodes to it
    expect(stackAfter(235, 0xe6, 0x5a)[0]).toBe(1n);
  });

  it('exchange the top with the word below the n-th', () => {
    const stack = stackAfter(109, 0xe7, 0xdb);
    expect([stack[0], stack[108]]).toEqual([1n, 109n]);
    expect(haltOf(108, 0xe7, 0xdb)).toBe('stackUnderflow');
  });

  it('exchange two words below the top', () => {
    const swapped = (immediate: number): number[] => {
      const before = stackAfter(40, 0x5b);
      return stackAfter(40, 0xe8, immediate).flatMap((word, i) => (word === before[i] ? [] : [i]));
    };
    expect(swapped(0x9d)).toEqual([2, 3]);
    expect(swapped(0x2f)).toEqual([1, 19]);
    expect(swapped(0x50)).toEqual([14, 16]);
    expect(swapped(0x51)).toEqual([14, 15]);
  });

  it('refuse the immediates that would hide jump destinations and pushes', () => {
    for (const byte of [0, 81, 82, 90, 91, 96, 127, 128, 255]) {
      const single = byte >= 91 && byte <= 127 ? 'undefinedOpcode' : undefined;
      const pair = byte >= 82 && byte <= 127 ? 'undefinedOpcode' : undefined;
      expect([byte, haltOf(300, 0xe6, byte)]).toEqual([byte, single]);
      expect([byte, haltOf(300, 0xe7, byte)]).toEqual([byte, single]);
      expect([byte, haltOf(300, 0xe8, byte)]).toEqual([byte, pair]);
    }
  });

  it('leave jump destinations where they were, in immediates too', () => {
    expect(execute([4n, 'JUMP', 0xe7, 0x5b], { fork }).status).toBe('success');
  });

  it('read 0 behind the end of the code, and are no opcodes before Amsterdam', () => {
    expect(haltOf(144, 0xe6)).toBe('stackUnderflow');
    expect(haltOf(145, 0xe6)).toBeUndefined();
    for (const op of [0xe6, 0xe7, 0xe8]) {
      expect(execute([op, 0x80], { fork: bpo2 }).halt?.reason).toBe('undefinedOpcode');
    }
  });
});
