/** `evmill verify`: a store held against all its hashes and roots. */

import { type Verification, verifyStore } from '../store/verify.ts';
import { readStore } from './chainOptions.ts';
import type { Define } from './commands.ts';
import { grouped } from './runReport.ts';
import { integerOption } from './values.ts';

const EXAMPLES = `
The state's root is computed anew from its leaves, and so is each account's storage root; all nodes of the tries are
walked; of every block the hash, the roots of its transactions, receipts and withdrawals and its places in the
indexes are checked; and the states behind the head are rebuilt, as far as they are kept.

Examples:
  evmill verify chain
  evmill verify chain --blocks 1000 --states 0      only the head's state and the last 1000 blocks
  evmill verify chain --json

Exit code 0: all is sound; 1: something is not; 2: wrong usage, or there is no store that can be read.`;

interface Options {
  readonly blocks?: string;
  readonly states?: string;
  readonly json?: boolean;
}

/** Declares the command. */
export const verify: Define = (command, host, finish) => {
  command
    .argument('<store>', "the store's folder")
    .option('--blocks <number>', 'how many blocks from the head down (all)')
    .option('--states <number>', 'how many states behind the head (all that are kept)')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, options: Options) => {
      const count = (text: string | undefined, name: string) =>
        text === undefined ? undefined : Number(integerOption(text, name, 2n ** 53n));
      const blocks = count(options.blocks, '--blocks');
      const states = count(options.states, '--states');
      const store = await readStore(folder);
      try {
        const found = verifyStore(store, {
          ...(blocks === undefined ? {} : { blocks }),
          ...(states === undefined ? {} : { states }),
        });
        const { number, ...rest } = found;
        host.out(
          options.json ? `${JSON.stringify({ ...rest, number: Number(number) }, null, 2)}\n` : textOf(found),
        );
        finish(found.faults.length === 0 ? 0 : 1);
      } finally {
        await store.close();
      }
    });
};

function textOf({
  head,
  number,
  accounts,
  slots,
  codes,
  nodes,
  blocks,
  states,
  faults,
}: Verification): string {
  const count = (value: number): string => grouped(BigInt(value));
  return [
    `head      ${number} ${head}`,
    `leaves    ${count(accounts)} accounts, ${count(slots)} slots, ${count(codes)} codes`,
    `nodes     ${count(nodes)}`,
    `blocks    ${count(blocks)}`,
    `states    ${count(states)} behind the head`,
    ...faults.map((fault) => `FAIL ${fault}`),
    faults.length === 0 ? 'all is sound' : `${faults.length} faults`,
    '',
  ].join('\n');
}
