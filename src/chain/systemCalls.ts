/** Calls that no one sends and no one pays: blocks make them before and after their transactions. */

import { type Address, EMPTY_BYTES, fromHex } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { CallResult } from '../machine/result.ts';
import { SYSTEM_ADDRESS } from '../machine/transfer.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import type { State } from '../state/state.ts';
import type { Task } from '../task.ts';
import type { Evm } from './evm.ts';
import { stateByteGas } from './fees.ts';
import type { Header } from './header.ts';
import { requestList } from './requests.ts';
import { residentAccount } from './residence.ts';

/** Who calls. */
export { SYSTEM_ADDRESS };
/** Keeps the beacon chain's roots. https://eips.ethereum.org/EIPS/eip-4788 */
export const BEACON_ROOTS_CONTRACT: Address = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02';
/** Keeps the hashes of ancestors. https://eips.ethereum.org/EIPS/eip-2935 */
export const BLOCK_HASHES_CONTRACT: Address = '0x0000f90827f1c53a10cb7a02335b175320002935';

/** Gas of each call, besides that for state; none of it is the block's. */
const SYSTEM_CALL_GAS = 30_000_000n;

/** What the calls before the first transaction hand over. What is undefined is not handed over. */
export type ParentFacts = Partial<Pick<Header, 'parentHash' | 'parentBeaconRoot'>>;

/** The calls before the first transaction. Where a contract is not deployed or fails, nothing happens. */
export function* callBeforeTransactions(
  evm: Evm,
  { parentHash, parentBeaconRoot }: ParentFacts,
  block: BlockContext,
  state: State,
): Task<void> {
  if (evm.fork.rules.beaconRoots && parentBeaconRoot !== undefined) {
    yield* systemCall(evm, BEACON_ROOTS_CONTRACT, fromHex(parentBeaconRoot), block, state);
  }
  if (evm.fork.rules.storesBlockHashes && parentHash !== undefined) {
    yield* systemCall(evm, BLOCK_HASHES_CONTRACT, fromHex(parentHash), block, state);
  }
}

/**
 * Takes the requests that contracts have queued, in the order of their types.
 * @throws {InvalidBlock} `systemContractEmpty` or `systemContractFailed`
 */
export function* dequeueRequests(evm: Evm, block: BlockContext, state: State): Task<readonly Uint8Array[]> {
  const requests: Uint8Array[] = [];
  for (const [type, contract] of evm.fork.requestContracts) {
    requests.push(...requestList(type, yield* mustCall(evm, contract, block, state)));
  }
  return requests;
}

function* mustCall(evm: Evm, contract: Address, block: BlockContext, state: State): Task<Uint8Array> {
  const result = yield* systemCall(evm, contract, EMPTY_BYTES, block, state);
  if (result === undefined) {
    throw new InvalidBlock('systemContractEmpty', `system contract ${contract}: expected code, got none`);
  }
  if (result.status !== 'success') {
    const why = result.halt?.reason ?? 'a revert';
    throw new InvalidBlock(
      'systemContractFailed',
      `system contract ${contract}: expected success, got ${why}`,
    );
  }
  return result.output;
}

/** Calls a contract as the system; undefined where there is no code. */
function* systemCall(
  evm: Evm,
  to: Address,
  data: Uint8Array,
  block: BlockContext,
  state: State,
): Task<CallResult | undefined> {
  const account = yield* residentAccount(state, to);
  state.accesses?.account(account);
  if (!account.exists || account.codeHash === EMPTY_CODE_HASH) return undefined;
  const { fork } = evm;
  const stateGas = BigInt(fork.params.systemCallStateBytes) * stateByteGas(fork, block.gasLimit);
  const message = { caller: SYSTEM_ADDRESS, to, data, gas: SYSTEM_CALL_GAS, stateGas };
  return yield* evm.call(message, { block, state });
}
