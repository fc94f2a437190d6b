/**
 * evmone, or any EVM behind a process that answers lines: the executable that EVMILL_EVMONE names.
 *
 *     version                                   answered by the version
 *     begin REVISION NUMBER TIME COINBASE GASLIMIT BASEFEE PREVRANDAO
 *     account ADDRESS NONCE BALANCE CODE        any number of them, and of the next
 *     slot ADDRESS KEY VALUE
 *     call CALLER TO VALUE GAS DATA             answered by `ok`
 *     run                                       answered by MILLISECONDS SUCCESS GASUSED REFUND OUTPUT
 *
 * REVISION is EVMC's number of the fork, words and bytes are hex, other numbers decimal, SUCCESS is 1 or 0. A run begins
 * with a state of its own over the accounts, and with the caller, the callee and (from Shanghai on) the coinbase warm;
 * the process takes its time itself.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Peer } from '../../src/bench/peer.ts';
import { type Program, transactionGas, wordHex } from '../../src/bench/program.ts';
import type { Hex } from '../../src/bytes.ts';

const REVISIONS: Readonly<Record<string, number>> = {
  Istanbul: 7,
  Berlin: 8,
  London: 9,
  Paris: 10,
  Shanghai: 11,
  Cancun: 12,
  Prague: 13,
  Osaka: 14,
};

/**
 * Starts the process.
 * @throws {Error} when none is named or it does not answer
 */
export async function openEvmone(): Promise<Peer> {
  const named = process.env.EVMILL_EVMONE;
  if (named === undefined) throw new Error('evmone: name a process that runs it in EVMILL_EVMONE');
  const { ask, tell, close } = talkTo(spawn(named, { stdio: ['pipe', 'pipe', 'inherit'] }));
  const version = await ask('version');
  let program: Program;
  return {
    name: 'evmone',
    version,
    knows: ({ fork }) => fork in REVISIONS,

    async prepare(next) {
      program = next;
      const { block, accounts, caller, to, value, data, gasLimit, intrinsicGas } = program;
      const randomness = wordHex(
        program.fork in { Istanbul: 0, Berlin: 0, London: 0 } ? block.difficulty : block.prevRandao,
      );
      const gas = [block.gasLimit, block.baseFee].map((number) => (number < 2n ** 62n ? number : 2n ** 62n));
      tell(
        `begin ${REVISIONS[program.fork]} ${block.number} ${block.timestamp} ${block.coinbase} ${gas.join(' ')} ${randomness}`,
      );
      for (const [address, account] of accounts) {
        tell(`account ${address} ${account.nonce} ${wordHex(account.balance)} ${account.code}`);
        for (const [key, slot] of account.storage) tell(`slot ${address} ${wordHex(key)} ${wordHex(slot)}`);
      }
      await ask(`call ${caller} ${to} ${wordHex(value)} ${gasLimit - intrinsicGas} ${data}`);
    },

    async run() {
      const [ms, success, gasUsed, refund, output] = (await ask('run')).split(' ');
      const outcome = {
        success: success === '1',
        output: output as Hex,
        gasUsed: transactionGas(program, BigInt(gasUsed), BigInt(refund)),
      };
      return { ms: Number(ms), outcome };
    },

    async close() {
      close();
    },
  };
}

interface Conversation {
  /** A line that is not answered. */
  tell(line: string): void;
  /** A line, and the line that answers it. */
  ask(line: string): Promise<string>;
  close(): void;
}

function talkTo(child: ChildProcessByStdio<Writable, Readable, null>): Conversation {
  let answered: ((line: string) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  createInterface(child.stdout).on('line', (line) => answered?.(line));
  child.on('error', (error) => failed?.(error));
  child.on('exit', () => failed?.(new Error('evmone: the process has ended')));
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  const tell = (line: string): void => void child.stdin.write(`${line}\n`);
  return {
    tell,
    ask: (line) =>
      new Promise((resolve, reject) => {
        [answered, failed] = [resolve, reject];
        tell(line);
      }),
    close() {
      process.off('exit', stop);
      [answered, failed] = [undefined, undefined];
      child.stdin.end();
    },
  };
}
