/** `evmill inspect`: what a store knows of a block, a transaction, a receipt, an account or a slot. */

import type { Hex } from '../bytes.ts';
import { blockAccessListToJson } from '../chain/blockAccessList.ts';
import type { StoredBlock } from '../chain/chainStore.ts';
import { trieSource } from '../chain/trieSource.ts';
import type { DiskStore } from '../store/diskStore.ts';
import { readStore } from './chainOptions.ts';
import type { Define } from './commands.ts';
import { type Host, UsageError } from './host.ts';
import {
  accessListText,
  blockFacts,
  type Facts,
  factsJson,
  factsText,
  receiptFacts,
  transactionFacts,
} from './inspectFacts.ts';
import { addressOption, integerOption } from './values.ts';

const EXAMPLES = `
What may be inspected:
  block NUMBER|HASH|head            its header, and the hashes of its transactions
  list NUMBER|HASH|head             its access list (EIP-7928): who was reached, and what changed when
  tx HASH                           a transaction
  receipt HASH                      what became of a transaction, with its logs
  account ADDRESS                   nonce, balance, code hash, storage root; at a block with --block
  slot ADDRESS KEY                  a slot's value; at a block with --block

Examples:
  evmill inspect chain block head
  evmill inspect chain list 1000 --json
  evmill inspect chain tx 0x5c50…  --json
  evmill inspect chain account 0x00000000219ab540356cbb839cbe05303d7705fa --block 1000
  evmill inspect chain slot 0x00000000219ab540356cbb839cbe05303d7705fa 0x2

Exit code 0: fine; 1: there is no such thing in the store; 2: wrong usage, or there is no store that can be read.`;

interface Options {
  readonly block?: string;
  readonly json?: boolean;
}

/** Declares the command. */
export const inspect: Define = (command, host, finish) => {
  command
    .argument('<store>', "the store's folder")
    .argument('<what>', 'block, list, tx, receipt, account or slot')
    .argument('<name...>', 'which one')
    .option('-b, --block <block>', 'the block after which an account or a slot is looked at', 'head')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, what: string, names: string[], options: Options) => {
      const store = await readStore(folder);
      try {
        if (what === 'list') return printList(host, finish, store, names, options);
        const facts = factsOf(store, what, names, options.block ?? 'head');
        if (facts === undefined) {
          host.err(`evmill inspect: there is no ${what} ${names.join(' ')} in the store\n`);
          finish(1);
        } else {
          host.out(options.json ? `${JSON.stringify(factsJson(facts), null, 2)}\n` : factsText(facts));
        }
      } finally {
        await store.close();
      }
    });
};

/** A list is not facts by name: as JSON it is what official fixtures have. */
function printList(
  host: Host,
  finish: (exitCode: number) => void,
  store: DiskStore,
  names: readonly string[],
  { json }: Options,
): void {
  if (names.length !== 1) throw new UsageError(`list: expected one name, got ${names.length}`);
  const hash = blockHash(store, names[0]);
  const stored = hash && store.block(hash);
  const list = stored?.blockAccessList;
  if (stored === undefined || list === undefined) {
    const missing =
      stored === undefined ? `there is no block ${names[0]} in the store` : noList(stored, names[0]);
    host.err(`evmill inspect: ${missing}\n`);
    finish(1);
    return;
  }
  host.out(
    json
      ? `${JSON.stringify(blockAccessListToJson(list), null, 2)}\n`
      : accessListText(list, stored.block.transactions.length),
  );
}

function noList({ block }: StoredBlock, name: string): string {
  return block.header.blockAccessListHash === undefined || block.header.number === 0n
    ? `block ${name} has no access list`
    : `the store does not have the access list of block ${name}`;
}

function factsOf(store: DiskStore, what: string, names: readonly string[], at: string): Facts | undefined {
  const wanted = what === 'slot' ? 2 : 1;
  if (names.length !== wanted) {
    throw new UsageError(
      `${what}: expected ${wanted === 1 ? 'one name' : 'an address and a key'}, got ${names.length}`,
    );
  }
  switch (what) {
    case 'block': {
      const hash = blockHash(store, names[0]);
      const stored = hash && store.block(hash);
      return stored && blockFacts(stored);
    }
    case 'tx':
    case 'receipt': {
      const place = store.transaction(hashOption(names[0], what));
      const stored = place && store.block(store.hashAt(place.number) as Hex);
      if (place === undefined || stored === undefined) return undefined;
      return what === 'tx' ? transactionFacts(stored, place.index) : receiptFacts(stored, place.index);
    }
    case 'account': {
      const address = addressOption(names[0], 'account');
      const account = store.state(stateHash(store, at)).account(address);
      return account && { address, ...account };
    }
    case 'slot': {
      const address = addressOption(names[0], 'slot');
      const key = integerOption(names[1], 'slot', 2n ** 256n);
      const state = trieSource(store.state(stateHash(store, at)), store.code, () => 0n);
      const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;
      return { address, key: word(key), value: word(state.slot(address, key)) };
    }
  }
  throw new UsageError(`expected block, list, tx, receipt, account or slot, got ${JSON.stringify(what)}`);
}

function stateHash(store: DiskStore, name: string): Hex {
  const hash = blockHash(store, name);
  if (hash === undefined || store.block(hash) === undefined)
    throw new UsageError(`--block: there is no block ${name}`);
  return hash;
}

function blockHash(store: DiskStore, name: string): Hex | undefined {
  if (name === 'head') return store.head;
  if (/^0x[0-9a-f]{64}$/i.test(name)) return name.toLowerCase() as Hex;
  return store.hashAt(integerOption(name, 'block', 2n ** 64n));
}

function hashOption(text: string, what: string): Hex {
  if (!/^(0x)?[0-9a-f]{64}$/i.test(text))
    throw new UsageError(`${what}: expected a hash of 64 hex digits, got ${text}`);
  return `0x${text.replace(/^0x/i, '').toLowerCase()}`;
}
