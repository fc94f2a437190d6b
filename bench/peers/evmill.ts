/** evmill as it is built and shipped, called directly in this process: one engine instance, state at hand. */

import { existsSync, readFileSync } from 'node:fs';
import { type Address, fromHex, toHex } from '../../src/bytes.ts';
import type { BlockContext } from '../../src/machine/environment.ts';
import type { Fork } from '../../src/protocol/forks.ts';
import type { Alloc } from '../../src/state/diff.ts';
import type { StateSource } from '../../src/state/source.ts';
import type { Task } from '../../src/task.ts';
import { type Program, transactionGas } from '../programs.ts';
import type { Peer } from './peer.ts';

/** What the bench uses of the public API. */
interface Evmill {
  createEvm(options: { fork: Fork }): Evm;
  forkNamed(name: string): Fork;
  memoryState(alloc: Alloc): StateSource;
  runSync<T>(task: Task<T>, source: StateSource): T;
}

interface Evm {
  call(message: Message, options: { block: BlockContext }): Task<Result>;
}

interface Message {
  readonly caller: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly gas: bigint;
}

interface Result {
  readonly status: 'success' | 'revert' | 'halt';
  readonly gasUsed: bigint;
  readonly gasRefund: bigint;
  readonly output: Uint8Array;
}

/**
 * Opens the built package. State is a read-only source that every run overlays afresh; the engine and what it
 * knows of the code stay.
 * @throws {Error} when the package is not built
 */
export async function openEvmill(): Promise<Peer> {
  const entry = new URL('../../dist/index.js', import.meta.url);
  if (!existsSync(entry)) throw new Error('evmill: dist/index.js is missing; run "npm run build" first');
  const evmill = (await import(entry.href)) as Evmill;
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  let program: Program;
  let evm: Evm | undefined;
  let state: StateSource;
  let message: Message;
  let block: BlockContext;
  return {
    name: 'evmill',
    version: manifest.version,

    async prepare(next) {
      if (evm === undefined || program.fork !== next.fork) {
        evm = evmill.createEvm({ fork: evmill.forkNamed(next.fork) });
      }
      program = next;
      state = evmill.memoryState(
        new Map(
          [...program.accounts].map(([address, account]) => [
            address,
            { ...account, code: fromHex(account.code) },
          ]),
        ),
      );
      message = {
        caller: program.caller,
        to: program.to,
        value: program.value,
        data: fromHex(program.data),
        gas: program.gasLimit - program.intrinsicGas,
      };
      block = { ...program.block, excessBlobGas: 0n, slotNumber: 0n, chainId: 1n };
    },

    async run() {
      const start = performance.now();
      const result = evmill.runSync(evm!.call(message, { block }), state);
      const ms = performance.now() - start;
      const outcome = {
        success: result.status === 'success',
        output: toHex(result.output),
        gasUsed: transactionGas(program, result.gasUsed, result.gasRefund),
      };
      return { ms, outcome };
    },

    async close() {},
  };
}
