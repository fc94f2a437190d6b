/** The contracts that EIPs ask chains to have: where they are, how they got there, and what is there. */

import { describe, expect, it } from 'vitest';
import system from '../../fixtures/contracts/system.json' with { type: 'json' };
import { type Address, concatBytes, fromHex, type Hex, toAddress, toHex } from '../../src/bytes.ts';
import { BEACON_ROOTS_CONTRACT, BLOCK_HASHES_CONTRACT } from '../../src/chain/systemCalls.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { transactionHash } from '../../src/chain/transactionCodec.ts';
import { recoverSender } from '../../src/chain/transactionSender.ts';
import { keccak256 } from '../../src/keccak.ts';
import { creationAddress, saltedCreationAddress } from '../../src/machine/host/create.ts';
import { amsterdam, cancun, prague } from '../../src/protocol/forks.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';
import { account, CALLER, ETHER, evmOf } from '../machine/program.ts';

const { builderDeposits, builderExits, withdrawals, consolidations, blockHashes, beaconRoots, factory } =
  system;

describe('system contracts', () => {
  it('are where the EIPs say', () => {
    expect([...amsterdam.requestContracts]).toEqual([
      [1, withdrawals.address],
      [2, consolidations.address],
      [3, builderDeposits.address],
      [4, builderExits.address],
    ]);
    expect([...prague.requestContracts.values()]).toEqual([withdrawals.address, consolidations.address]);
    expect(BLOCK_HASHES_CONTRACT).toBe(blockHashes.address);
    expect(BEACON_ROOTS_CONTRACT).toBe(beaconRoots.address);
  });

  it.each(Object.entries({ withdrawals, consolidations, blockHashes, beaconRoots }))(
    'got there by the transaction that the EIP lists, which Amsterdam is too dear for: %s',
    (_, { address, code, deployment }) => {
      const { gas, gasPrice, r, s, hash, sender } = deployment;
      const tx: Transaction = {
        ...{ type: 0, nonce: 0n, gasPrice: BigInt(gasPrice), gasLimit: BigInt(gas), to: null, value: 0n },
        data: concatBytes(fromHex(deployment.constructor), fromHex(code)),
        ...{ yParity: 0, r: BigInt(r), s: BigInt(s) },
      };
      expect(transactionHash(tx)).toBe(hash);
      expect(recoverSender(tx, cancun)).toBe(sender);
      const from = toAddress(sender);
      expect(creationAddress(from, 0n)).toBe(address);
      const source = memoryState(new Map([[from, account({ balance: ETHER })]]));
      const block = { gasLimit: 120_000_000n };
      const { status, diff } = runSync(evmOf(cancun).transact(tx, block, { sender: from }), source);
      expect(status).toBe('success');
      expect(toHex(diff.get(toAddress(address))!.code!)).toBe(code);
      // EIP-8037, deterministic deployment factories: no such transaction suffices any more.
      expect(runSync(evmOf(amsterdam).transact(tx, block, { sender: from }), source)).toMatchObject({
        status: 'halt',
        gasUsed: 250_000n,
      });
    },
  );

  it.each<[string, Hex, Hex]>([
    [
      'builder deposits',
      builderDeposits.code as Hex,
      '0x1dd29c1e0dbc3ab670d229dbd3438003ec9015c1df9058beeb64ff301b60b98d',
    ],
    [
      'builder exits',
      builderExits.code as Hex,
      '0x90a0b24eb190d6c50f00f6f751dc4c2778658abf3631aceb80586c43f8bd9f2f',
    ],
    [
      'the factory',
      factory.code as Hex,
      '0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989',
    ],
  ])('are what the EIP refers to, to the byte: %s', (_, code, hash) => {
    expect(toHex(keccak256(fromHex(code)))).toBe(hash);
  });

  it('of EIP-7997 creates by salt and initcode, and returns where', () => {
    const at = toAddress(factory.address);
    const source = memoryState(
      new Map([
        [at, account({ nonce: 1n, code: fromHex(factory.code) })],
        [CALLER, account({ balance: ETHER })],
      ]),
    );
    const initcode = fromHex('0x60016000526001601ff3');
    const salt = 5n;
    const data = concatBytes(new Uint8Array(31), Uint8Array.of(Number(salt)), initcode);
    const call = (input: Uint8Array) =>
      runSync(
        evmOf(amsterdam).transact(
          { type: 0, nonce: 0n, gasPrice: 0n, gasLimit: 500_000n, to: at, value: 0n, data: input },
          { gasLimit: 120_000_000n },
          { sender: CALLER },
        ),
        source,
      );
    const created: Address = saltedCreationAddress(at, salt, initcode);
    const { status, output, diff } = call(data);
    expect([status, toHex(output)]).toEqual(['success', created]);
    expect(toHex(diff.get(created)!.code!)).toBe('0x01');
    expect(call(data.subarray(0, 31)).status).toBe('halt');
    const failing = call(concatBytes(data.subarray(0, 32), fromHex('0x60006000fd')));
    expect([failing.status, failing.output.length]).toEqual(['revert', 0]);
  });
});
