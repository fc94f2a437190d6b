/** evmill under measurement: one engine instance, state at hand. */

import { fromHex, toHex } from '../bytes.ts';
import { createEvm, type Evm } from '../chain/evm.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Message } from '../machine/result.ts';
import type { Tier } from '../machine/tier.ts';
import { forkNamed } from '../protocol/forks.ts';
import { memoryState } from '../state/memory.ts';
import type { StateSource } from '../state/source.ts';
import { runSync } from '../task.ts';
import type { Peer } from './peer.ts';
import { type Program, transactionGas } from './program.ts';

/**
 * Opens the engine. State is a read-only source that every run overlays afresh; the engine and what it knows of
 * the code stay.
 * @param tier `auto`, as everybody runs it, or one tier to hold against it
 */
export function openEvmill(version: string, tier: Tier = 'auto'): Peer {
  let program: Program;
  let evm: Evm | undefined;
  let state: StateSource;
  let message: Message;
  let block: BlockContext;
  return {
    name: tier === 'auto' ? 'evmill' : tier,
    version,

    async prepare(next) {
      if (evm?.fork.name !== next.fork) evm = createEvm({ fork: forkNamed(next.fork), tier });
      program = next;
      state = stateOf(program);
      message = messageOf(program);
      block = blockOf(program);
    },

    async run() {
      const start = performance.now();
      const result = runSync(evm!.call(message, { block }), state);
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

/** The world that a program finds. */
export function stateOf({ accounts }: Program): StateSource {
  return memoryState(
    new Map(
      [...accounts].map(([address, account]) => [address, { ...account, code: fromHex(account.code) }]),
    ),
  );
}

/** The call that a program is. */
export function messageOf({ caller, to, value, data, gasLimit, intrinsicGas }: Program): Message {
  return { caller, to, value, data: fromHex(data), gas: gasLimit - intrinsicGas };
}

/** The block that it runs in. */
export function blockOf({ block }: Program): BlockContext {
  return { ...block, excessBlobGas: 0n, slotNumber: 0n, chainId: 1n };
}
