/** A state in bytes, all of it: the accounts and slots that are resident, what was changed of them, and the journal. */

import type { Hex } from '../bytes.ts';
import { toHex } from '../bytes.ts';
import { BadSavedRun } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import { Account, writeAddress } from './account.ts';
import { CHANGE, hasWord, type JournalColumns } from './journal.ts';
import type { Log } from './log.ts';
import type { Packer, Unpacker } from './packing.ts';
import type { SlotColumns } from './slots.ts';
import { EMPTY_CODE_HASH } from './source.ts';
import type { StateImage } from './state.ts';

const LIMBS = 8;
const U32 = 2 ** 32 - 1;
const TOPICS = 4;

/** A code that an account had before, as the journal keeps it. */
interface CodeBefore {
  readonly code: Uint8Array | undefined;
  readonly codeHash: Hex;
}

/** Packs a state. */
export function packState(image: StateImage, out: Packer): void {
  packCodes(image, out);
  out.int(image.transaction);
  out.signed(image.refund);
  out.int(image.nextStorageId);
  out.part('accounts', (part) => {
    part.int(image.accounts.length);
    for (const account of image.accounts) packAccount(account, part);
  });
  packSlots('slots', image.slots, out);
  packSlots('transient', image.transient, out);
  out.part('logs', (part) => {
    part.int(image.logs.length);
    for (const log of image.logs) packLog(log, part);
  });
  packIds(image.touched, out);
  out.int(image.touchedForGood === undefined ? 0 : image.touchedForGood + 1);
  packIds(image.destroyed, out);
  packJournal(image, out);
  out.flag(image.accesses !== undefined);
  if (image.accesses === undefined) return;
  packIds(image.accesses.accounts, out);
  packIds(image.accesses.slots, out);
}

/**
 * Reads a state.
 * @throws {BadSavedRun} where it is none
 */
export function unpackState(from: Unpacker): StateImage {
  const codes = unpackCodes(from);
  const transaction = from.int(U32);
  const refund = from.signed();
  const nextStorageId = from.int();
  const part = from.part();
  const addresses = new Set<string>();
  const accounts = part.list((id) => unpackAccount(id, codes, part));
  for (const { address } of accounts) addresses.add(address);
  if (addresses.size !== accounts.length) throw new BadSavedRun('saved run: expected each account once');
  const slots = unpackSlots(accounts.length, from);
  const transient = unpackSlots(accounts.length, from);
  const logPart = from.part();
  const logs = logPart.list(() => unpackLog(logPart));
  const lastId = accounts.length - 1;
  const touched = from.list(() => from.int(lastId));
  const forGood = from.int(accounts.length);
  const destroyed = from.list(() => from.int(lastId));
  const journal = unpackJournal(accounts.length, slots.count, transient.count, codes, from);
  const accesses = from.flag()
    ? {
        accounts: from.list(() => from.int(lastId)),
        slots: from.list(() => from.int(slots.count - 1)),
      }
    : undefined;
  const touchedForGood = forGood === 0 ? undefined : forGood - 1;
  const scalars = { transaction, refund, nextStorageId };
  return {
    ...scalars,
    ...{ accounts, slots, transient, logs, touched, touchedForGood, destroyed, ...journal, accesses },
  };
}

/** The codes that are resident, or that a revert would bring back, once each. */
function packCodes({ accounts, kinds, previous }: StateImage, out: Packer): void {
  const codes = new Map<Hex, Uint8Array>();
  const take = ({ code, codeHash }: CodeBefore): void => {
    if (code !== undefined && code.length > 0) codes.set(codeHash, code);
  };
  accounts.forEach(take);
  for (let i = 0; i < kinds.length; i++) if (kinds[i] === CHANGE.code) take(previous[i] as CodeBefore);
  out.int(codes.size);
  for (const [codeHash, code] of codes) out.block(`code ${codeHash}`, code);
}

function unpackCodes(from: Unpacker): ReadonlyMap<Hex, Uint8Array> {
  const codes = new Map<Hex, Uint8Array>();
  // What code is under which hash is found out, not believed: machines keep code by its hash.
  for (let count = from.int(); count > 0; count--) {
    const code = from.block().slice();
    codes.set(toHex(keccak256(code)), code);
  }
  return codes;
}

function packCode({ code, codeHash }: CodeBefore, out: Packer): void {
  out.hex(codeHash);
  out.flag(code !== undefined);
}

function unpackCode(codes: ReadonlyMap<Hex, Uint8Array>, from: Unpacker): CodeBefore {
  const codeHash = from.hex(32);
  if (!from.flag()) return { code: undefined, codeHash };
  const code = codeHash === EMPTY_CODE_HASH ? new Uint8Array(0) : codes.get(codeHash);
  if (code === undefined) throw new BadSavedRun(`saved run: expected it to have the code ${codeHash}`);
  return { code, codeHash };
}

function packAccount(account: Account, out: Packer): void {
  const { before } = account;
  out.hex(account.address);
  out.flag(before !== undefined);
  if (before !== undefined) {
    out.big(before.nonce);
    out.big(before.balance);
    out.hex(before.codeHash);
    out.flag(before.hasStorage);
  }
  out.flag(account.exists);
  out.big(account.nonce);
  out.big(account.balance);
  packCode(account, out);
  out.flag(account.hasStorage);
  out.int(account.storageId);
  for (const mark of [account.warmIn, account.touchedIn, account.createdIn, account.destroyedIn])
    out.int(mark);
}

function unpackAccount(id: number, codes: ReadonlyMap<Hex, Uint8Array>, from: Unpacker): Account {
  const address = from.address();
  const before = from.flag()
    ? { nonce: from.big(64), balance: from.big(), codeHash: from.hex(32), hasStorage: from.flag() }
    : undefined;
  const limbs = new Int32Array(LIMBS);
  writeAddress(new Uint32Array(limbs.buffer), 0, address);
  const account = new Account(id, address, [...limbs.subarray(0, 5)], before);
  account.exists = from.flag();
  account.nonce = from.big(64);
  account.balance = from.big();
  const { code, codeHash } = unpackCode(codes, from);
  account.code = code;
  account.codeHash = codeHash;
  account.hasStorage = from.flag();
  account.storageId = from.int(U32);
  account.warmIn = from.int(U32);
  account.touchedIn = from.int(U32);
  account.createdIn = from.int(U32);
  account.destroyedIn = from.int(U32);
  return account;
}

function packSlots(name: string, columns: SlotColumns, out: Packer): void {
  out.int(columns.count);
  if (columns.count === 0) return;
  for (const column of ['storage', 'account', 'warmIn', 'keys', 'values', 'originals', 'before'] as const) {
    out.words(`${name} ${column}`, columns[column]);
  }
}

function unpackSlots(accounts: number, from: Unpacker): SlotColumns {
  const count = from.int(U32);
  const column = (limbs: number) => (count === 0 ? new Uint32Array(0) : from.words(count * limbs));
  const [storage, account, warmIn] = [column(1), column(1), column(1)];
  const [keys, values, originals, before] = [column(LIMBS), column(LIMBS), column(LIMBS), column(LIMBS)];
  if (account.some((id) => id >= accounts)) {
    throw new BadSavedRun('saved run: expected slots of its own accounts');
  }
  return { count, storage, account, warmIn, keys, values, originals, before };
}

function packLog({ address, topics, data }: Log, out: Packer): void {
  out.hex(address);
  out.int(topics.length);
  for (const topic of topics) out.big(topic);
  out.bytes(data);
}

function unpackLog(from: Unpacker): Log {
  const address = from.address();
  const topics = Array.from({ length: from.int(TOPICS) }, () => from.big());
  return { address, topics, data: from.bytes(U32) };
}

function packIds(ids: readonly number[], out: Packer): void {
  out.int(ids.length);
  for (const id of ids) out.int(id);
}

function packJournal({ kinds, targets, previous, words }: StateImage, out: Packer): void {
  // Journals grow at their ends: what was packed before stays as it was.
  out.block('journal kinds', Uint8Array.from(kinds));
  out.words('journal targets', Uint32Array.from(targets));
  out.words('journal words', words);
  out.part('journal previous', (part) => {
    for (let i = 0; i < kinds.length; i++) packPrevious(kinds[i], previous[i], part);
  });
}

function packPrevious(kind: number, previous: unknown, out: Packer): void {
  switch (kind) {
    case CHANGE.balance:
    case CHANGE.nonce:
      out.big(previous as bigint);
      break;
    case CHANGE.code:
      packCode(previous as CodeBefore, out);
      break;
    case CHANGE.exists:
      out.flag(previous === 1);
      break;
    case CHANGE.refund:
      out.signed(previous as number);
      break;
    case CHANGE.slot:
    case CHANGE.transient:
    case CHANGE.log:
      break;
    default:
      out.int(previous as number);
  }
}

function unpackPrevious(kind: number, codes: ReadonlyMap<Hex, Uint8Array>, from: Unpacker): unknown {
  switch (kind) {
    case CHANGE.balance:
      return from.big();
    case CHANGE.nonce:
      return from.big(64);
    case CHANGE.code:
      return unpackCode(codes, from);
    case CHANGE.exists:
      return from.flag() ? 1 : 0;
    case CHANGE.refund:
      return from.signed();
    case CHANGE.slot:
    case CHANGE.transient:
    case CHANGE.log:
      return undefined;
    default:
      return from.int(U32);
  }
}

const LAST_CHANGE = Math.max(...Object.values(CHANGE));

function unpackJournal(
  accounts: number,
  slots: number,
  transient: number,
  codes: ReadonlyMap<Hex, Uint8Array>,
  from: Unpacker,
): JournalColumns {
  const kinds = [...from.block()];
  const targets = [...from.words(kinds.length)];
  let wordCount = 0;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    if (kind > LAST_CHANGE) throw new BadSavedRun('saved run: expected changes of a kind that there is');
    if (hasWord(kind)) wordCount += LIMBS;
    if (targets[i] >= targetsOf(kind)) throw new BadSavedRun('saved run: expected changes of what it has');
  }
  const words = from.words(wordCount);
  const part = from.part();
  return { kinds, targets, words, previous: kinds.map((kind) => unpackPrevious(kind, codes, part)) };

  function targetsOf(kind: number): number {
    if (kind === CHANGE.refund || kind === CHANGE.log) return 1;
    if (kind === CHANGE.slot || kind === CHANGE.warmSlot) return slots;
    return kind === CHANGE.transient ? transient : accounts;
  }
}
