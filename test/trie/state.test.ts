import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, toHex } from '../../src/bytes.ts';
import { encodeRlp } from '../../src/rlp.ts';
import type { AccountDiff, Alloc, GenesisAccount, StateDiff } from '../../src/state/diff.ts';
import { codeHashOf, decodeAccount, decodeSlot, encodeAccount, encodeSlot } from '../../src/trie/account.ts';
import { EMPTY_ROOT, keccak256 } from '../../src/trie/hash.ts';
import { accountKey, slotKey } from '../../src/trie/hashedKeys.ts';
import { InvalidProof } from '../../src/trie/proof.ts';
import { verifyAccount, verifySlot } from '../../src/trie/stateProof.ts';
import { stateRoot, stateRootAfter, storageRoot } from '../../src/trie/stateRoot.ts';
import { StateTrie } from '../../src/trie/stateTrie.ts';

const someAddress: fc.Arbitrary<Address> = fc
  .integer({ min: 0, max: 12 })
  .map((i) => toHex(new Uint8Array(20).fill(i)));
const someWord = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
);
const someSlot = fc.oneof(
  fc.bigInt({ min: 0n, max: 8n }),
  fc.bigInt({ min: 2n ** 256n - 4n, max: 2n ** 256n - 1n }),
);
const someStorage = fc
  .array(fc.tuple(someSlot, fc.oneof(fc.constant(0n), someWord)), { maxLength: 6 })
  .map((slots) => new Map(slots));
const someCode = fc.uint8Array({ maxLength: 40 });
const someNonce = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const someAccount: fc.Arbitrary<GenesisAccount> = fc.record({
  nonce: someNonce,
  balance: someWord,
  code: someCode,
  storage: someStorage,
});
const someAlloc: fc.Arbitrary<Alloc> = fc
  .array(fc.tuple(someAddress, someAccount), { maxLength: 8 })
  .map((accounts) => new Map(accounts));

/** A change of an account; whether it makes sense is not the tries' affair. */
const someChange: fc.Arbitrary<AccountDiff> = fc
  .tuple(someAccount, fc.boolean(), fc.integer({ min: 0, max: 3 }))
  .map(([{ nonce, balance, code, storage }, storageCleared, kind]) =>
    kind === 0
      ? { after: undefined, code: undefined, storageCleared: true, storage: new Map() }
      : { after: { nonce, balance, codeHash: toHex(codeHashOf(code)) }, code, storageCleared, storage },
  );
const someDiff: fc.Arbitrary<StateDiff> = fc
  .array(fc.tuple(someAddress, someChange), { maxLength: 6 })
  .map((changes) => new Map(changes));

/** What a state is once a diff has changed it. */
function changed(alloc: Alloc, diff: StateDiff): Alloc {
  const result = new Map(alloc);
  for (const [address, { after, code, storageCleared, storage }] of diff) {
    if (after === undefined) {
      result.delete(address);
      continue;
    }
    const before = result.get(address);
    const slots = new Map([...((storageCleared ? undefined : before?.storage) ?? []), ...storage]);
    result.set(address, {
      nonce: after.nonce,
      balance: after.balance,
      code: code ?? before?.code ?? new Uint8Array(0),
      storage: slots,
    });
  }
  return result;
}

function expectSame(state: StateTrie, alloc: Alloc): void {
  expect(toHex(state.root())).toBe(toHex(stateRoot(alloc)));
  for (const [address, { nonce, balance, code, storage }] of alloc) {
    const codeHash = toHex(codeHashOf(code));
    expect(state.account(address)).toEqual({ nonce, balance, codeHash, storageRoot: storageRoot(storage) });
    for (const [slot, value] of storage) expect(state.slot(address, slot)).toBe(value);
  }
}

describe('the state', () => {
  test('without accounts is the empty trie', () => {
    expect(stateRoot(new Map())).toEqual(EMPTY_ROOT);
    expect(StateTrie.of(new Map()).root()).toEqual(EMPTY_ROOT);
  });

  test('accounts and slots are encoded as RLP says, and decoded', () => {
    fc.assert(
      fc.property(someNonce, someWord, someCode, (nonce, balance, code) => {
        const hash = keccak256(code);
        const rlp = encodeAccount(nonce, balance, EMPTY_ROOT, hash);
        expect(rlp).toEqual(encodeRlp([nonce, balance, EMPTY_ROOT, hash]));
        expect(decodeAccount(rlp)).toEqual({
          nonce,
          balance,
          storageRoot: EMPTY_ROOT,
          codeHash: toHex(hash),
        });
        expect(encodeSlot(balance)).toEqual(encodeRlp(balance));
        expect(decodeSlot(encodeSlot(balance))).toBe(balance);
      }),
    );
    for (const bits of [7n, 8n, 47n, 48n, 49n, 55n, 56n, 63n, 64n, 96n, 255n]) {
      for (const value of [2n ** bits - 1n, 2n ** bits, 2n ** bits + 1n]) {
        expect(encodeSlot(value)).toEqual(encodeRlp(value));
      }
    }
  });

  test('changed diff by diff is that from scratch, in memory and from a store', () => {
    fc.assert(
      fc.property(someAlloc, fc.array(someDiff, { maxLength: 4 }), fc.nat(2), (genesis, diffs, levels) => {
        const nodes = new Map<string, Uint8Array>();
        const put = (hash: Uint8Array, rlp: Uint8Array) => nodes.set(hash.join(), rlp);
        const source = { node: (hash: Uint8Array) => nodes.get(hash.join()) };
        let alloc = genesis;
        const resident = StateTrie.of(genesis);
        expectSame(resident, alloc);
        let stored = new StateTrie(resident.snapshot().commit(put), source);
        for (const [i, diff] of diffs.entries()) {
          const after = changed(alloc, diff);
          expect(toHex(stateRootAfter(alloc, diff))).toBe(toHex(stateRoot(after)));
          alloc = after;
          resident.apply(diff);
          stored.apply(diff);
          // Sometimes several diffs between two roots.
          if (i % 3 === 1) continue;
          expectSame(resident, alloc);
          const root = stored.commit(put);
          if (i % 2 === 0) stored = new StateTrie(root, source);
          else stored.unload(levels);
          expectSame(stored, alloc);
        }
        expectSame(resident, alloc);
        expectSame(stored, alloc);
        expectSame(new StateTrie(stored.commit(put), source), alloc);
      }),
      { numRuns: 150 },
    );
  });

  test('siblings on one parent do not touch each other', () => {
    fc.assert(
      fc.property(someAlloc, someDiff, someDiff, someDiff, (genesis, first, here, there) => {
        const parent = StateTrie.of(genesis);
        parent.apply(first);
        const [one, other] = [parent.snapshot(), parent.snapshot()];
        one.apply(here);
        other.apply(there);
        const alloc = changed(genesis, first);
        expectSame(one, changed(alloc, here));
        expectSame(other, changed(alloc, there));
        expectSame(parent, alloc);
      }),
    );
  });

  test('lists accounts and slots in the order of their hashes', () => {
    fc.assert(
      fc.property(someAlloc, (alloc) => {
        const state = StateTrie.of(alloc);
        const listed = [...state.accounts()].map(([hash]) => toHex(hash));
        expect(listed).toEqual([...alloc.keys()].map((address) => toHex(accountKey(address))).sort());
        for (const [address, { storage }] of alloc) {
          const slots = [...state.slots(accountKey(address))].map(([hash, value]) => [toHex(hash), value]);
          const expected = [...storage].filter((slot) => slot[1] !== 0n);
          expect(new Map(slots as [string, bigint][])).toEqual(
            new Map(expected.map(([slot, value]) => [toHex(slotKey(slot)), value])),
          );
        }
      }),
    );
  });

  test('proves accounts and slots, present and absent', () => {
    fc.assert(
      fc.property(someAlloc, someAddress, someSlot, (alloc, address, slot) => {
        const state = StateTrie.of(alloc);
        const account = verifyAccount(state.root(), address, state.proveAccount(address));
        expect(account).toEqual(state.account(address));
        const root = account?.storageRoot ?? EMPTY_ROOT;
        const proof = state.proveSlot(address, slot);
        expect(verifySlot(root, slot, proof)).toBe(alloc.get(address)?.storage.get(slot) ?? 0n);
        expect(() => verifyAccount(keccak256(root), address, proof)).toThrow(InvalidProof);
      }),
    );
  });
});
