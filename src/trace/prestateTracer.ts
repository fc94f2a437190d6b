/** go-ethereum's `prestateTracer`: the accounts that a transaction needs as they were before it, or what it changed. */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { delegateOf } from '../machine/delegation.ts';
import { creationAddress, saltedCreationAddress } from '../machine/host/create.ts';
import type { StepEvent, TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_NAMED } from '../protocol/opcodes.ts';
import { EMPTY_CODE_HASH } from '../state/source.ts';
import { addressOfWord, defined, quantity, type ResultTracer, sorted, wordHex } from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** What `prestateTracer` leaves out or adds. */
export interface PrestateTracerConfig {
  /** what the transaction changed, before and after it */
  readonly diffMode?: boolean;
  readonly disableCode?: boolean;
  readonly disableStorage?: boolean;
  /** also accounts that were empty; not with `diffMode` */
  readonly includeEmpty?: boolean;
}

/** An account as `prestateTracer` prints it; what is 0 or empty, or in a diff the same as before, is absent. */
export interface PrestateAccount {
  readonly balance?: Hex;
  readonly code?: Hex;
  readonly codeHash?: Hex;
  readonly nonce?: number;
  readonly storage?: Readonly<Record<Hex, Hex>>;
}

/** Accounts by address, in its order. */
export type Prestate = Readonly<Record<Address, PrestateAccount>>;

/** What changed: accounts after the transaction, and before it. */
export interface PrestateDiff {
  readonly post: Prestate;
  readonly pre: Prestate;
}

/** An account when it was first looked at. */
interface Found {
  readonly balance: bigint;
  readonly nonce: bigint;
  readonly code: Uint8Array;
  /** undefined where there is no code */
  readonly codeHash: Hex | undefined;
  readonly isEmpty: boolean;
  /** values by key */
  readonly storage: Map<Hex, bigint>;
}

/**
 * Makes a tracer of what a transaction needs.
 * @throws {RangeError} where `diffMode` and `includeEmpty` are both asked for
 */
export function prestateTracer(
  config?: PrestateTracerConfig & { readonly diffMode?: false },
): ResultTracer<Prestate>;
export function prestateTracer(
  config: PrestateTracerConfig & { readonly diffMode: true },
): ResultTracer<PrestateDiff>;
export function prestateTracer(config?: PrestateTracerConfig): ResultTracer<Prestate | PrestateDiff>;
export function prestateTracer(config: PrestateTracerConfig = {}): ResultTracer<Prestate | PrestateDiff> {
  const { diffMode = false, includeEmpty = false } = config;
  if (diffMode && includeEmpty) throw new RangeError('cannot use diffMode with includeEmpty');
  let run = new PrestateRun(config);
  return {
    onTransactionStart(event) {
      run = new PrestateRun(config);
      run.start(event);
    },
    onStep: (step) => run.step(step),
    onTransactionEnd: () => run.end(),
    result: () => (diffMode ? { post: run.post(), pre: run.pre() } : run.pre()),
  };
}

const codeOf = (name: keyof typeof OPCODE_NAMED): number => OPCODE_NAMED[name].code;
const SLOAD = codeOf('SLOAD');
const SSTORE = codeOf('SSTORE');
const SELFDESTRUCT = codeOf('SELFDESTRUCT');
const CREATE = codeOf('CREATE');
const CREATE2 = codeOf('CREATE2');
const LOOKS_AT_TOP = new Set(
  (['EXTCODECOPY', 'EXTCODEHASH', 'EXTCODESIZE', 'BALANCE', 'SELFDESTRUCT'] as const).map(codeOf),
);
const CALLS = new Set((['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'] as const).map(codeOf));

class PrestateRun {
  readonly #config: PrestateTracerConfig;
  readonly #found = new Map<Address, Found>();
  readonly #after = new Map<Address, PrestateAccount>();
  readonly #created = new Set<Address>();
  readonly #deleted = new Set<Address>();
  #start!: TransactionStartEvent;

  constructor(config: PrestateTracerConfig) {
    this.#config = config;
  }

  start(event: TransactionStartEvent): void {
    this.#start = event;
    const { from, to, isCreation, block } = event;
    if (isCreation) this.#created.add(to);
    else this.#lookAtDelegate(to);
    for (const address of [from, to, block.coinbase, ...event.authorities]) this.#look(address);
  }

  step(step: StepEvent): void {
    if (step.fault !== undefined) return;
    const { op, stackSize } = step;
    if (op === SLOAD || op === SSTORE) this.#lookAtSlot(step.address, step.peek(0));
    else if (LOOKS_AT_TOP.has(op)) {
      this.#look(addressOfWord(step.peek(0)));
      if (op === SELFDESTRUCT) this.#destroy(step.address);
    } else if (CALLS.has(op) && stackSize >= 5) {
      const callee = addressOfWord(step.peek(1));
      this.#look(callee);
      this.#lookAtDelegate(callee);
    } else if (op === CREATE) {
      const { address } = step;
      this.#create(creationAddress(address, this.#start.world.nonce(address)));
    } else if (op === CREATE2) {
      const initcode = paddedMemory(step.memory, step.peek(1), step.peek(2));
      if (initcode === undefined) return;
      this.#create(saltedCreationAddress(step.address, step.peek(3), initcode));
    }
  }

  end(): void {
    const { diffMode, includeEmpty } = this.#config;
    if (diffMode) this.#compare();
    if (includeEmpty) return;
    for (const [address, { isEmpty }] of this.#found) if (isEmpty) this.#found.delete(address);
  }

  pre(): Prestate {
    const { disableCode } = this.#config;
    return sorted(this.#found, ({ balance, nonce, code, codeHash, storage }) =>
      defined({
        balance: quantity(balance),
        code: (code.length === 0 || disableCode ? undefined : toHex(code)) as Hex,
        codeHash: codeHash as Hex,
        nonce: (nonce === 0n ? undefined : Number(nonce)) as number,
        storage: storageText(storage) as Record<Hex, Hex>,
      }),
    );
  }

  post(): Prestate {
    return sorted(this.#after, (account) => account);
  }

  #look(address: Address): void {
    if (this.#found.has(address)) return;
    const { world } = this.#start;
    const balance = world.balance(address);
    const nonce = world.nonce(address);
    const code = world.code(address);
    const codeHash = world.codeHash(address);
    this.#found.set(address, {
      balance,
      nonce,
      code,
      codeHash: codeHash === EMPTY_CODE_HASH ? undefined : codeHash,
      isEmpty: balance === 0n && nonce === 0n && code.length === 0,
      storage: new Map(),
    });
  }

  #lookAtDelegate(address: Address): void {
    const { world, fork } = this.#start;
    const delegate = fork.rules.delegations ? delegateOf(world.code(address)) : undefined;
    if (delegate !== undefined) this.#look(delegate);
  }

  #lookAtSlot(address: Address, key: bigint): void {
    if (this.#config.disableStorage) return;
    this.#look(address);
    const { storage } = this.#found.get(address)!;
    const slot = wordHex(key);
    if (!storage.has(slot)) storage.set(slot, this.#start.world.slot(address, key));
  }

  #create(address: Address): void {
    this.#look(address);
    this.#created.add(address);
  }

  #destroy(address: Address): void {
    if (!this.#start.fork.rules.selfdestructOnlyNew || this.#created.has(address)) this.#deleted.add(address);
  }

  /** Leaves of what was found what the transaction changed, and notes what it is now. */
  #compare(): void {
    for (const [address, before] of this.#found) {
      if (this.#deleted.has(address)) continue;
      const after = this.#changesOf(address, before);
      if (after === undefined) this.#found.delete(address);
      else this.#after.set(address, after);
    }
  }

  #changesOf(address: Address, before: Found): PrestateAccount | undefined {
    const { world } = this.#start;
    const balance = world.balance(address);
    const nonce = world.nonce(address);
    // go-ethereum takes the lack of an account for a hash that differs from that of no code
    const codeHash = world.codeHash(address) ?? wordHex(0n);
    const isSameCode = codeHash === (before.codeHash ?? EMPTY_CODE_HASH);
    const code = world.code(address);
    const storage = this.#slotChanges(address, before);
    const isSame = balance === before.balance && nonce === before.nonce && isSameCode;
    if (isSame && storage === undefined) return undefined;
    const isOtherCode = toHex(code) !== toHex(before.code) && !this.#config.disableCode;
    return defined({
      balance: (balance === before.balance ? undefined : quantity(balance)) as Hex,
      code: (isOtherCode ? toHex(code) : undefined) as Hex,
      codeHash: (isSameCode ? undefined : codeHash) as Hex,
      nonce: (nonce === before.nonce || nonce === 0n ? undefined : Number(nonce)) as number,
      storage: (storage && storageText(storage)) as Record<Hex, Hex>,
    });
  }

  /** The slots that are other than before, as they are now, where any is; those alone stay among what was found. */
  #slotChanges(address: Address, { storage }: Found): Map<Hex, bigint> | undefined {
    const changes = new Map<Hex, bigint>();
    let isChanged = false;
    for (const [key, before] of storage) {
      const now = this.#start.world.slot(address, BigInt(key));
      if (before === 0n || before === now) storage.delete(key);
      if (before === now) continue;
      isChanged = true;
      if (now !== 0n) changes.set(key, now);
    }
    return isChanged ? changes : undefined;
  }
}

function storageText(storage: ReadonlyMap<Hex, bigint>): Record<Hex, Hex> | undefined {
  return storage.size === 0 ? undefined : sorted(storage, wordHex);
}
