/** @ethereumjs/evm, called directly in this process. */

import { readFileSync } from 'node:fs';
import { Common, Mainnet } from '@ethereumjs/common';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { Account, Address } from '@ethereumjs/util';
import type { Peer } from '../../src/bench/peer.ts';
import { type Program, transactionGas, wordHex } from '../../src/bench/program.ts';
import { fromHex, toHex } from '../../src/bytes.ts';

/** Read as a file: the package does not export it. */
const MANIFEST = new URL('../node_modules/@ethereumjs/evm/package.json', import.meta.url);

const HARDFORKS: Readonly<Record<string, string>> = {
  Istanbul: 'istanbul',
  Berlin: 'berlin',
  London: 'london',
  Paris: 'paris',
  Shanghai: 'shanghai',
  Cancun: 'cancun',
  Prague: 'prague',
  Osaka: 'osaka',
};

/**
 * Opens @ethereumjs/evm. Its state manager is the one it takes by default, which keeps everything in maps.
 */
export async function openEthereumjs(): Promise<Peer> {
  let program: Program;
  let evm: EVM;
  let call: Parameters<EVM['runCall']>[0];
  let always: string[];
  return {
    name: 'ethereumjs',
    version: JSON.parse(readFileSync(MANIFEST, 'utf8')).version,

    knows: ({ fork }) => fork in HARDFORKS,

    async prepare(next) {
      program = next;
      const hardfork = HARDFORKS[program.fork];
      evm = await createEVM({ common: new Common({ chain: Mainnet, hardfork }) });
      for (const [hex, account] of program.accounts) {
        const address = new Address(fromHex(hex));
        await evm.stateManager.putAccount(address, new Account(account.nonce, account.balance));
        if (account.code !== '0x') await evm.stateManager.putCode(address, fromHex(account.code));
        for (const [key, value] of account.storage) {
          await evm.stateManager.putStorage(address, fromHex(wordHex(key)), fromHex(wordHex(value)));
        }
      }
      const { block } = program;
      call = {
        caller: new Address(fromHex(program.caller)),
        to: new Address(fromHex(program.to)),
        value: program.value,
        data: fromHex(program.data),
        gasLimit: program.gasLimit - program.intrinsicGas,
        block: {
          header: {
            number: block.number,
            timestamp: block.timestamp,
            coinbase: new Address(fromHex(block.coinbase)),
            gasLimit: block.gasLimit,
            baseFeePerGas: block.baseFee,
            difficulty: block.difficulty,
            prevRandao: fromHex(wordHex(block.prevRandao)),
            getBlobGasPrice: () => 1n,
          },
        },
      };
      // what a transaction finds warm (EIP-2929, and EIP-3651 for the coinbase); `runCall` leaves it to its
      // caller
      always = [program.caller, program.to, ...[...evm.precompiles.keys()].map((key) => `0x${key}`)];
      if (!['Istanbul', 'Berlin', 'London', 'Paris'].includes(program.fork)) always.push(block.coinbase);
    },

    async run() {
      await evm.journal.checkpoint();
      for (const address of always) evm.journal.addAlwaysWarmAddress(address);
      const start = performance.now();
      const { execResult } = await evm.runCall(call);
      const ms = performance.now() - start;
      await evm.journal.revert();
      await evm.journal.cleanup();
      const outcome = {
        success: execResult.exceptionError === undefined,
        output: toHex(execResult.returnValue),
        gasUsed: transactionGas(program, execResult.executionGasUsed, execResult.gasRefund ?? 0n),
      };
      return { ms, outcome };
    },

    async close() {},
  };
}
