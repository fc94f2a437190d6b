/**
 * Making a case small while it still shows what it showed: delta debugging over accounts, instructions, slots, call
 * data, the transaction's lists and its gas. https://www.st.cs.uni-saarland.de/papers/tse2002/tse2002.pdf
 */

import type { Address } from '../bytes.ts';
import type { UnsignedTransaction } from '../chain/transaction.ts';
import type { GenesisAccount } from '../state/diff.ts';
import { type FuzzCase, SENDER } from './fuzzCase.ts';
import { type Instruction, isPush, lift, lower } from './instructions.ts';

/** Whether a case still shows the difference. */
export type Shows = (fuzzCase: FuzzCase) => Promise<boolean>;

/**
 * The smallest case found that still shows it.
 * @param shows is true of the case given
 * @param attempts most cases that are tried
 * @param milliseconds after that no more are: a client may take half a minute over each
 */
export async function minimise(
  fuzzCase: FuzzCase,
  shows: Shows,
  attempts = 2000,
  milliseconds = 120_000,
): Promise<FuzzCase> {
  const search = new Search(fuzzCase, shows, attempts, performance.now() + milliseconds);
  await search.run();
  return search.best;
}

class Search {
  best: FuzzCase;
  private readonly shows: Shows;
  private readonly until: number;
  private left: number;

  constructor(fuzzCase: FuzzCase, shows: Shows, attempts: number, until: number) {
    this.best = fuzzCase;
    this.shows = shows;
    this.left = attempts;
    this.until = until;
  }

  /** Goes through all parts again until none of them gets smaller. */
  async run(): Promise<void> {
    for (let before: FuzzCase | undefined; before !== this.best && this.left > 0; ) {
      before = this.best;
      await this.accounts();
      await this.transaction();
      for (const address of this.best.pre.keys()) await this.account(address);
      await this.gas();
    }
  }

  private async try(candidate: FuzzCase): Promise<boolean> {
    if (performance.now() > this.until) this.left = 0;
    if (this.left-- <= 0 || !(await this.shows(candidate))) return false;
    this.best = candidate;
    return true;
  }

  /** Leaves out as many of the items as it can: halves, quarters, and so on down to single ones. */
  private async shorten<T>(
    items: readonly T[],
    rebuilt: (items: readonly T[]) => FuzzCase,
  ): Promise<readonly T[]> {
    let kept = items;
    for (let size = kept.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < kept.length && this.left > 0; ) {
        const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
        if (await this.try(rebuilt(fewer))) kept = fewer;
        else at += size;
      }
    }
    return kept;
  }

  private async accounts(): Promise<void> {
    const others = [...this.best.pre].filter(([address]) => address !== SENDER);
    const sender: [Address, GenesisAccount] = [SENDER, this.best.pre.get(SENDER)!];
    await this.shorten(others, (some) => ({ ...this.best, pre: new Map([sender, ...some]) }));
  }

  private withAccount(address: Address, fields: Partial<GenesisAccount>): FuzzCase {
    const pre = new Map(this.best.pre);
    pre.set(address, { ...pre.get(address)!, ...fields });
    return { ...this.best, pre };
  }

  private async account(address: Address): Promise<void> {
    const { code, storage, balance } = this.best.pre.get(address)!;
    if (address !== SENDER && balance > 0n) await this.try(this.withAccount(address, { balance: 0n }));
    await this.shorten([...storage], (slots) => this.withAccount(address, { storage: new Map(slots) }));
    // a delegation is no code to be cut
    if (code[0] === 0xef) return;
    const kept = await this.shorten(lift(code), (some) => this.withAccount(address, { code: lower(some) }));
    await this.smallerPushes(kept, (some) => this.withAccount(address, { code: lower(some) }));
  }

  /** Replaces pushed words by 0 and 1. */
  private async smallerPushes(
    instructions: readonly Instruction[],
    rebuilt: (instructions: readonly Instruction[]) => FuzzCase,
  ): Promise<void> {
    let kept = instructions;
    for (let at = 0; at < kept.length; at++) {
      const { op, immediate, target } = kept[at];
      if (!isPush(op) || target !== undefined || immediate.length < 2) continue;
      for (const byte of [0, 1]) {
        const shorter = { op: 0x60, immediate: Uint8Array.of(byte) };
        const candidate = kept.with(at, shorter);
        if (!(await this.try(rebuilt(candidate)))) continue;
        kept = candidate;
        break;
      }
    }
  }

  private async transaction(): Promise<void> {
    const change = (fields: Partial<UnsignedTransaction>): FuzzCase => ({
      ...this.best,
      transaction: { ...this.best.transaction, ...fields } as UnsignedTransaction,
    });
    const { transaction, block } = this.best;
    if (transaction.value > 0n) await this.try(change({ value: 0n }));
    if (transaction.type !== 0) {
      const { nonce, gasLimit, to, value, data } = transaction;
      const plain = { nonce, gasLimit, to, value, data, gasPrice: block.baseFee + 1n };
      await this.try({ ...this.best, transaction: { ...plain, type: 0 } });
    }
    if (this.best.transaction.to === null) {
      await this.shorten(lift(this.best.transaction.data), (some) => change({ data: lower(some) }));
    } else {
      await this.shorten([...this.best.transaction.data], (some) => change({ data: Uint8Array.from(some) }));
    }
    const tx = this.best.transaction;
    if (tx.type !== 0) await this.shorten(tx.accessList, (accessList) => change({ accessList }));
    if (tx.type === 4) {
      await this.shorten(tx.authorizationList, (authorizationList) =>
        change({ authorizationList } as Partial<UnsignedTransaction>),
      );
    }
  }

  /** The least gas limit that will do, by halving, and a round one where that does too. */
  private async gas(): Promise<void> {
    const { transaction } = this.best;
    const limited = (gasLimit: bigint): FuzzCase => ({
      ...this.best,
      transaction: { ...this.best.transaction, gasLimit },
    });
    if (transaction.gasLimit === 1_000_000n || (await this.try(limited(1_000_000n)))) return;
    let [low, high] = [20_999n, transaction.gasLimit];
    while (high - low > 1n && this.left > 0) {
      const middle = (low + high) / 2n;
      if (await this.try(limited(middle))) high = middle;
      else low = middle;
    }
  }
}
