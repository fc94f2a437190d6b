/** A state and a model of one that copies everything, changed side by side. */

import fc from 'fast-check';
import type { Address } from '../../src/bytes.ts';
import { codeHashOf } from '../../src/state/memory.ts';
import { readWord, writeWord } from '../../src/state/slots.ts';
import { type AccountFact, EMPTY_CODE_HASH } from '../../src/state/source.ts';
import { State } from '../../src/state/state.ts';

export const ACCOUNTS = 4;
const KEYS = [0n, 1n, 1n << 200n];
/** The address of an account. */
export const addressOf = (i: number): Address => `0x${(0xabc000 + i).toString(16).padStart(40, '0')}`;
const CODES = [new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(2, 3)];

interface ModelAccount {
  exists: boolean;
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  isWarm: boolean;
  isTouched: boolean;
  isCreated: boolean;
  isDestroyed: boolean;
  isReset: boolean;
  slots: Map<bigint, { value: bigint; original: bigint; isWarm: boolean }>;
  transient: Map<bigint, bigint>;
}
interface Model {
  accounts: ModelAccount[];
  refund: number;
  logs: number[];
}

const account = fc.integer({ min: 0, max: ACCOUNTS - 1 });
const key = fc.constantFrom(...KEYS);
const value = fc.oneof(fc.constantFrom(0n, 0n, 1n, 2n), fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }));
type Change =
  | { readonly kind: 'balance' | 'nonce'; readonly account: number; readonly value: bigint }
  | { readonly kind: 'code'; readonly account: number; readonly code: Uint8Array }
  | { readonly kind: 'touch' | 'warm' | 'create' | 'destroy'; readonly account: number }
  | {
      readonly kind: 'slot' | 'transient';
      readonly account: number;
      readonly key: bigint;
      readonly value: bigint;
    }
  | { readonly kind: 'warmSlot'; readonly account: number; readonly key: bigint }
  | { readonly kind: 'refund' | 'log'; readonly amount: number }
  | { readonly kind: 'checkpoint' | 'clearing' | 'ending' }
  | { readonly kind: 'revert'; readonly levels: number };

/** A change of any kind. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('balance' as const, 'nonce' as const),
      account,
      value: fc.bigInt({ min: 0n, max: 3n }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('code' as const), account, code: fc.constantFrom(...CODES) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('touch' as const, 'warm' as const, 'create' as const, 'destroy' as const),
      account,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('slot' as const, 'transient' as const),
      account,
      key,
      value,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('warmSlot' as const), account, key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('refund' as const, 'log' as const),
      amount: fc.integer({ min: -5, max: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('revert' as const), levels: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'clearing' as const }, { kind: 'ending' as const }) },
);

/** What the source has: the first account is absent, the last has storage, code and all. */
export const slotBefore = (i: number, slot: bigint): bigint => (i === ACCOUNTS - 1 ? slot + 5n : 0n);
/** What the source knows of an account. */
export function factOf(i: number): AccountFact | undefined {
  if (i === 0) return undefined;
  const hasStorage = i === ACCOUNTS - 1;
  return {
    nonce: BigInt(i - 1),
    balance: BigInt(i - 1),
    codeHash: hasStorage ? codeHashOf(CODES[2]) : EMPTY_CODE_HASH,
    hasStorage,
  };
}

function modelBefore(): Model {
  const accounts = Array.from({ length: ACCOUNTS }, (_, i): ModelAccount => {
    const fact = factOf(i);
    const slots = KEYS.map(
      (slot) => [slot, { value: slotBefore(i, slot), original: slotBefore(i, slot), isWarm: false }] as const,
    );
    return {
      exists: fact !== undefined,
      nonce: fact?.nonce ?? 0n,
      balance: fact?.balance ?? 0n,
      code: fact?.hasStorage ? CODES[2] : CODES[0],
      isWarm: false,
      isTouched: false,
      isCreated: false,
      isDestroyed: false,
      isReset: false,
      slots: new Map(slots),
      transient: new Map(KEYS.map((slot) => [slot, 0n])),
    };
  });
  return { accounts, refund: 0, logs: [] };
}

/** A state and a model, changed side by side. */
export class Pair {
  readonly state = new State();
  model = modelBefore();
  readonly #limbs = new Uint32Array(16);
  readonly #open: { readonly checkpoint: number; readonly model: Model }[] = [];

  constructor() {
    for (let i = 0; i < ACCOUNTS; i++) {
      const resident = this.state.load(addressOf(i), factOf(i));
      if (i === ACCOUNTS - 1) resident.code = CODES[2];
    }
  }

  resident(i: number) {
    return this.state.account(addressOf(i))!;
  }

  entry(i: number, slot: bigint): number {
    writeWord(this.#limbs, 0, slot);
    const entry = this.state.slot(this.resident(i), this.#limbs, 0);
    return entry >= 0 ? entry : this.state.loadSlot(this.resident(i), this.#limbs, 0, slotBefore(i, slot));
  }

  transientEntry(i: number, slot: bigint): number {
    writeWord(this.#limbs, 0, slot);
    return this.state.transientSlot(this.resident(i), this.#limbs, 0);
  }

  take(one: Change): void {
    const { state, model } = this;
    const inModel = 'account' in one ? model.accounts[one.account] : model.accounts[0];
    const resident = 'account' in one ? this.resident(one.account) : this.resident(0);
    switch (one.kind) {
      case 'balance':
      case 'nonce':
        // Whoever changes an account touches it first.
        this.#touch(one.account);
        if (one.kind === 'balance') state.setBalance(resident, (inModel.balance = one.value));
        else state.setNonce(resident, (inModel.nonce = one.value), 'protocol');
        break;
      case 'code':
        this.#touch(one.account);
        state.setCode(resident, (inModel.code = one.code), codeHashOf(one.code), 'protocol');
        break;
      case 'touch':
        this.#touch(one.account);
        break;
      case 'warm':
        state.warm(resident);
        inModel.isWarm = true;
        break;
      case 'create':
        state.markCreated(resident);
        inModel.isCreated = true;
        break;
      case 'destroy':
        state.markDestroyed(resident);
        inModel.isDestroyed = true;
        break;
      case 'slot': {
        this.#touch(one.account);
        const entry = this.entry(one.account, one.key);
        writeWord(this.#limbs, 8, one.value);
        state.setSlot(entry, this.#limbs, 8);
        inModel.slots.get(one.key)!.value = one.value;
        break;
      }
      case 'transient': {
        const entry = this.transientEntry(one.account, one.key);
        writeWord(this.#limbs, 8, one.value);
        state.setTransient(entry, this.#limbs, 8);
        inModel.transient.set(one.key, one.value);
        break;
      }
      case 'warmSlot':
        state.warmSlot(this.entry(one.account, one.key));
        inModel.slots.get(one.key)!.isWarm = true;
        break;
      case 'refund':
        state.addRefund(one.amount);
        model.refund += one.amount;
        break;
      case 'log':
        state.addLog({ address: addressOf(0), topics: [BigInt(one.amount + 5)], data: CODES[0] });
        model.logs.push(one.amount + 5);
        break;
      case 'checkpoint':
        this.#open.push({ checkpoint: state.checkpoint(), model: structuredClone(model) });
        break;
      case 'revert': {
        const [to] = this.#open.splice(-one.levels);
        if (to === undefined) break;
        state.revert(to.checkpoint);
        this.model = to.model;
        break;
      }
      default:
        this.#open.length = 0;
        state.endTransaction({ clearsEmptyAccounts: one.kind === 'clearing', destroyedKeepBalance: false });
        endTransaction(model, one.kind === 'clearing');
    }
  }

  #touch(i: number): void {
    this.state.touch(this.resident(i));
    this.model.accounts[i].exists = true;
    this.model.accounts[i].isTouched = true;
  }
}

function endTransaction(model: Model, clears: boolean): void {
  for (const one of model.accounts) {
    const isEmpty = one.nonce === 0n && one.balance === 0n && one.code.length === 0;
    if (one.isDestroyed || (clears && one.isTouched && one.exists && isEmpty)) {
      Object.assign(one, { exists: false, nonce: 0n, balance: 0n, code: CODES[0], isReset: true });
      for (const slot of one.slots.values()) slot.value = 0n;
    }
    for (const slot of one.slots.values()) Object.assign(slot, { original: slot.value, isWarm: false });
    for (const slot of one.transient.keys()) one.transient.set(slot, 0n);
    Object.assign(one, { isWarm: false, isTouched: false, isCreated: false, isDestroyed: false });
  }
  model.refund = 0;
  model.logs = [];
}

/** All that can be seen of a state, in the shape of a model. */
export function viewOf(pair: Pair): object {
  const { state } = pair;
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => {
    const one = pair.resident(i);
    const slots = KEYS.map((slot) => {
      const entry = pair.entry(i, slot);
      const { slots: table } = state;
      return [
        slot,
        {
          value: readWord(table.words, table.valueAt(entry)),
          original: readWord(table.words, table.originalAt(entry)),
          isWarm: state.isWarmSlot(entry),
        },
      ] as const;
    });
    const transient = KEYS.map((slot) => {
      const entry = pair.transientEntry(i, slot);
      return [slot, readWord(state.transient.words, state.transient.valueAt(entry))] as const;
    });
    return {
      exists: one.exists,
      nonce: one.nonce,
      balance: one.balance,
      code: one.code,
      isWarm: state.isWarm(one),
      isCreated: state.isCreated(one),
      isDestroyed: state.isDestroyed(one),
      slots: new Map(slots),
      transient: new Map(transient),
    };
  });
  return { accounts, refund: state.refund, logs: state.logs.all().map(({ topics }) => Number(topics[0])) };
}

/** The model without what only it keeps. */
export const withoutMarks = ({ accounts, refund, logs }: Model): object => ({
  accounts: accounts.map(({ isTouched: _, isReset: __, ...rest }) => rest),
  refund,
  logs,
});
