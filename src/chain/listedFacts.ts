/** Reading beforehand, and many at once, what a block or a transaction says it will need of a state that takes time. */

import type { Address, Hex } from '../bytes.ts';
import { type AccountAccess, type BlockAccessList, ONLY_ACCESSED } from '../state/accessRecorder.ts';
import { SlotMap } from '../state/slotMap.ts';
import {
  type AccountFact,
  type AsyncStateSource,
  EMPTY_CODE_HASH,
  type StateSource,
} from '../state/source.ts';
import { type ListedFacts, ListedState } from './listedState.ts';
import type { AccessListEntry } from './transaction.ts';

/** How many reads are under way at a time, if nothing else is said. */
const CONCURRENCY = 256;

/**
 * What a state has of everything that a list names.
 * @param concurrency how many reads may be under way at a time
 * @throws whatever the source throws
 */
export async function listedFacts(
  list: BlockAccessList,
  source: StateSource | AsyncStateSource,
  concurrency = CONCURRENCY,
): Promise<ListedFacts> {
  const accounts: (AccountFact | undefined)[] = new Array(list.length);
  const slots: bigint[][] = list.map(() => []);
  const codes = new Map<Hex, Uint8Array>();
  const asked = new Set<Hex>([EMPTY_CODE_HASH]);
  function* reads(): Generator<() => void | Promise<void>> {
    for (const [number, access] of list.entries()) {
      yield () => {
        const found = source.account(access.address);
        const keep = (fact: AccountFact | undefined): void | Promise<void> => {
          accounts[number] = fact;
          if (fact === undefined || asked.has(fact.codeHash)) return;
          asked.add(fact.codeHash);
          return whenThere(source.code(fact.codeHash, access.address), (code) => {
            codes.set(fact.codeHash, code);
          });
        };
        return whenThere(found, keep);
      };
      for (const [at, slot] of slotsOf(access).entries()) {
        yield () =>
          whenThere(source.slot(access.address, slot), (value) => {
            slots[number][at] = value;
          });
      }
    }
  }
  await readAll(reads(), concurrency);
  return { accounts, slots, codes };
}

/**
 * A source that has everything a list names at hand, and asks another for the rest: what runs on it need not wait for
 * one read after another. The list says what to read and nothing else; it may be anybody's.
 * @param list a block's, or `accessesNamed` by a transaction
 * @param concurrency how many reads may be under way at a time
 */
export async function prefetch(
  list: BlockAccessList,
  source: StateSource | AsyncStateSource,
  concurrency = CONCURRENCY,
): Promise<AsyncStateSource> {
  const facts = await listedFacts(list, source, concurrency);
  return new ListedState(list, facts).before(0, source);
}

/** What a transaction's access list names, its sender and its recipient among it, as a list to prefetch by. */
export function accessesNamed(
  entries: readonly AccessListEntry[],
  addresses: readonly Address[] = [],
): BlockAccessList {
  const slots = new Map(addresses.map((address) => [address, new SlotMap<true>()]));
  for (const { address, storageKeys } of entries) {
    let known = slots.get(address);
    if (known === undefined) slots.set(address, (known = new SlotMap()));
    for (const key of storageKeys) known.set(key, true);
  }
  return [...slots]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, keys]) => ({
      ...ONLY_ACCESSED,
      address,
      storageReads: [...keys.keys()].sort((a, b) => (a < b ? -1 : 1)),
    }));
}

function slotsOf({ storageChanges, storageReads }: AccountAccess): readonly bigint[] {
  return [...storageChanges.map(({ slot }) => slot), ...storageReads];
}

/** Does something with a value now or, where it is a promise, later. */
function whenThere<T>(value: T | Promise<T>, use: (value: T) => void | Promise<void>): void | Promise<void> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** Begins so many reads, and another whenever one ends. The first that fails ends it. */
async function readAll(reads: Iterator<() => void | Promise<void>>, concurrency: number): Promise<void> {
  const reader = async (): Promise<void> => {
    for (let next = reads.next(); !next.done; next = reads.next()) {
      const underWay = next.value();
      // what is at hand is not waited for
      if (underWay !== undefined) await underWay;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, reader));
}
