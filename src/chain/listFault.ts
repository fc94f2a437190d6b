/** What can be said of a block access list without executing its block. https://eips.ethereum.org/EIPS/eip-7928 */

import type { Address, Hex } from '../bytes.ts';
import type { Fork } from '../protocol/forks.ts';
import type { AccountAccess, BlockAccessList, Change } from '../state/accessRecorder.ts';
import type { StateDiff } from '../state/diff.ts';
import type { Block } from './block.ts';
import { blockAccessListHash, blockAccessListItems } from './blockAccessList.ts';
import { orderFault } from './blockAccessListOrder.ts';
import { type ListedFacts, listedDiff, valueBefore } from './listedState.ts';

/** The block that a list is of, and what is known besides. */
export interface ListedBlock {
  readonly block: Block;
  /** of its transactions, in order */
  readonly senders: readonly Address[];
  readonly list: BlockAccessList;
  /** what the parent's state has of what the list names (`listedFacts`) */
  readonly facts: ListedFacts;
}

/**
 * Why a block with this list cannot be valid, in a sentence; undefined where only executing it can tell. Looked at, the
 * cheapest first: the order and the size of the list; its hash against the header's; whether all those are named whom
 * the block itself names, and senders' nonces go up; whether each change changes something; and whether the state that
 * the list leads to has the root that the header says.
 * @param rootAfter the root of the parent's state once it has changed so
 */
export function listFault(
  listed: ListedBlock,
  fork: Fork,
  rootAfter: (diff: StateDiff) => Hex,
): string | undefined {
  const { block, list, facts } = listed;
  const { header } = block;
  const order = orderFault(list, block.transactions.length + 2);
  if (order !== undefined) return `block access list, ${order}`;
  const items = BigInt(blockAccessListItems(list));
  const most = header.gasLimit / BigInt(fork.params.blockAccessListItemGas);
  if (items > most) return `block access list: expected at most ${most} items, got ${items}`;
  const hash = blockAccessListHash(list);
  if (hash !== header.blockAccessListHash) {
    return `block access list hash: expected ${header.blockAccessListHash}, got ${hash}`;
  }
  const named = nameFault(listed) ?? nonceFault(listed) ?? idleFault(list, facts);
  if (named !== undefined) return named;
  const root = rootAfter(listedDiff(list, facts));
  return root === header.stateRoot
    ? undefined
    : `state root that the block access list leads to: expected ${header.stateRoot}, got ${root}`;
}

/** Senders, recipients, the coinbase of a block with transactions, and whom withdrawals go to are always named. */
function nameFault({ block, senders, list }: ListedBlock): string | undefined {
  const { transactions, withdrawals, header } = block;
  const named = new Set(list.map(({ address }) => address));
  const expected = [
    ...senders,
    ...transactions.flatMap(({ to }) => to ?? []),
    ...(transactions.length > 0 ? [header.coinbase] : []),
    ...(withdrawals ?? []).map(({ address }) => address),
  ];
  const missing = expected.find((address) => !named.has(address));
  return missing && `block access list: expected ${missing}, which the block names`;
}

/** A transaction finds its nonce, and leaves its sender's nonce higher. */
function nonceFault({ block, senders, list, facts }: ListedBlock): string | undefined {
  const numbers = new Map(list.map(({ address }, number) => [address, number]));
  for (const [index, sender] of senders.entries()) {
    const number = numbers.get(sender)!;
    const step = index + 1;
    const { nonceChanges } = list[number];
    const { nonce } = block.transactions[index];
    const before = valueBefore(nonceChanges, step) ?? facts.accounts[number]?.nonce ?? 0n;
    if (before !== nonce) return `nonce of ${sender} before step ${step}: expected ${nonce}, got ${before}`;
    const after = valueBefore(nonceChanges, step + 1) ?? before;
    if (after <= nonce) return `nonce of ${sender} after step ${step}: expected above ${nonce}, got ${after}`;
  }
  return undefined;
}

/** Nothing is listed as changed that is the same as before. */
function idleFault(list: BlockAccessList, facts: ListedFacts): string | undefined {
  for (const [number, access] of list.entries()) {
    const what = idleChange(access, number, facts);
    if (what !== undefined) return `${what} of ${access.address}: expected another value, got the one it had`;
  }
  return undefined;
}

function idleChange(access: AccountAccess, number: number, facts: ListedFacts): string | undefined {
  const fact = facts.accounts[number];
  if (isIdle(access.balanceChanges, fact?.balance ?? 0n)) return 'a balance';
  if (isIdle(access.nonceChanges, fact?.nonce ?? 0n)) return 'a nonce';
  const slot = access.storageChanges.find(({ changes }, at) => isIdle(changes, facts.slots[number][at]));
  return slot && `slot 0x${slot.slot.toString(16)}`;
}

function isIdle(changes: readonly Change<bigint>[], before: bigint): boolean {
  return changes.some(({ value }, at) => value === (at === 0 ? before : changes[at - 1].value));
}
