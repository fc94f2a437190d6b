/** The head's state in tables by paths: whatever changes are written together, all of it is found again by its root. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, toHex } from '../../src/bytes.ts';
import type { AccountDiff, StateDiff } from '../../src/state/diff.ts';
import { slotMap } from '../../src/state/slotMap.ts';
import { EMPTY_CODE_HASH } from '../../src/state/source.ts';
import type { Batch, Reader } from '../../src/store/lmdbFile.ts';
import { ChangedLeaves, NodeTables } from '../../src/store/stateTables.ts';
import type { TableName } from '../../src/store/tables.ts';
import { accountKey, slotKey } from '../../src/trie/hashedKeys.ts';
import { type LeafChange, StateTrie } from '../../src/trie/stateTrie.ts';

/** Tables in memory, by hex. */
class Tables implements Reader, Batch {
  readonly #tables = new Map<TableName, Map<string, Uint8Array>>();

  #table(name: TableName): Map<string, Uint8Array> {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new Map()));
    return table;
  }

  value(table: TableName, key: Uint8Array): Uint8Array | undefined {
    return this.#table(table).get(toHex(key));
  }

  keys(table: TableName, from: Uint8Array, to?: Uint8Array): Iterable<Uint8Array> {
    const [first, end] = [toHex(from), to && toHex(to)];
    return [...this.#table(table).keys()]
      .filter((key) => key >= first && (end === undefined || key < end))
      .sort()
      .map((key) => Uint8Array.from(Buffer.from(key.slice(2), 'hex')));
  }

  put(table: TableName, key: Uint8Array, value: Uint8Array): void {
    this.#table(table).set(toHex(key), value);
  }

  remove(table: TableName, key: Uint8Array): void {
    this.#table(table).delete(toHex(key));
  }

  count(table: TableName): number {
    return this.#table(table).size;
  }
}

const OWNERS: readonly Address[] = [`0x${'a1'.repeat(20)}`, `0x${'b2'.repeat(20)}`];

/** Slots whose hashes begin alike, so that paths are long and nodes move up and down them. */
const SLOTS = [...Array(4000).keys()]
  .filter((slot) => {
    const [first] = slotKey(BigInt(slot));
    return (first & 0xef) === 0x63 || (first & 0xef) === 0x6c;
  })
  .slice(0, 12)
  .map(BigInt);

/** A block: slots of either account that are set, or with 0 removed; and accounts that come and go beside them. */
interface Change {
  readonly slots: readonly (readonly [owner: number, slot: number, value: number])[];
  readonly others: readonly (readonly [other: number, isThere: boolean])[];
}

const change: fc.Arbitrary<Change> = fc.record({
  slots: fc.array(fc.tuple(fc.nat(1), fc.nat(SLOTS.length - 1), fc.nat(2)), { maxLength: 3 }),
  others: fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 2 }),
});

const otherAt = (index: number): Address => `0x${(0xc000 + index).toString(16).padStart(40, '0')}`;
const AFTER = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH };

function diffOf({ slots, others }: Change): StateDiff {
  const diff = new Map<Address, AccountDiff>();
  const none = { code: undefined, storageCleared: false };
  for (const [owner, address] of OWNERS.entries()) {
    const storage = slotMap(
      slots
        .filter(([whose]) => whose === owner)
        .map(([, slot, value]) => [SLOTS[slot], BigInt(value)] as const),
    );
    diff.set(address, { ...none, after: AFTER, storage });
  }
  for (const [index, isThere] of others) {
    diff.set(otherAt(index), { ...none, after: isThere ? AFTER : undefined, storage: slotMap([]) });
  }
  return diff;
}

/** Which leaves a block may change; what they are is read from the state. */
const leavesOf = (diff: StateDiff): LeafChange[] =>
  [...diff].map(([address, { storage }]) => ({
    key: accountKey(address),
    account: undefined,
    slots: [...storage.keys()].map((slot) => [slotKey(slot), undefined] as const),
  }));

/** Everything in a state, as text. Throws where a node is not found. */
function contentOf(state: StateTrie): string {
  const lines: string[] = [];
  for (const [hash, account] of state.accounts()) {
    lines.push(`${toHex(hash)} ${toHex(account.storageRoot)}`);
    for (const [key, value] of state.slots(hash)) lines.push(`  ${toHex(key)} ${value}`);
  }
  return lines.join('\n');
}

describe('a state in tables', () => {
  it('is found again by its root after each write, opened anew or gone on with', () => {
    const write = fc.record({
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
      reopens: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const tables = new Tables();
        const whole = new StateTrie();
        let state = new StateTrie(undefined, new NodeTables(tables));
        for (const { changes, reopens } of writes) {
          const leaves = new ChangedLeaves();
          for (const one of changes) {
            const diff = diffOf(one);
            const next = state.snapshot();
            next.apply(diff);
            whole.apply(diff);
            state = next;
            leaves.note(leavesOf(diff));
          }
          const root = whole.root();
          expect(toHex(state.root())).toBe(toHex(root));
          leaves.write(state, tables, tables);
          const opened = new StateTrie(root, new NodeTables(tables));
          expect(contentOf(opened)).toBe(contentOf(whole));
          if (reopens) state = new StateTrie(root, new NodeTables(tables));
        }
        // No node stays that is none of the state's.
        const anew = new Tables();
        const all = new ChangedLeaves();
        const copy = new StateTrie(undefined, new NodeTables(anew));
        const changes = [...SLOTS.keys()].flatMap((slot) => OWNERS.map((_, owner) => [owner, slot] as const));
        const final = diffOf({
          slots: changes.map(([owner, slot]) => [
            owner,
            slot,
            Number(whole.slot(OWNERS[owner], SLOTS[slot])),
          ]),
          others: [...Array(31).keys()].map((index) => [index, whole.account(otherAt(index)) !== undefined]),
        });
        if (writes.length === 0) return;
        copy.apply(final);
        all.note(leavesOf(final));
        all.write(copy, anew, anew);
        expect(tables.count('nodes')).toBe(anew.count('nodes'));
      }),
      { numRuns: 100 },
    );
  });
});
