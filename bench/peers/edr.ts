/**
 * EDR, the EVM of Hardhat, that is revm behind JSON-RPC in this process. A run is one `eth_call` on a block like the
 * program's; the detour is one that answers with the same bytes at once. Gas used is a receipt's, of a transaction
 * that is then taken back.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  ContractDecoder,
  EdrContext,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1ProviderFactory,
} from '@nomicfoundation/edr';
import type { Outcome, Peer, Run } from '../../src/bench/peer.ts';
import { type Program, wordHex } from '../../src/bench/program.ts';
import { fromHex, type Hex } from '../../src/bytes.ts';
import { type Answer, callObject, ECHO_ADDRESS, echoCode, quantity, readOutcome } from './ethCall.ts';

type Provider = Awaited<ReturnType<EdrContext['createProvider']>>;

/** Forks whose names it knows. */
const MINED = ['Istanbul', 'Berlin', 'London'];
const KNOWN = new Set([...MINED, 'Shanghai', 'Cancun', 'Prague', 'Osaka']);

/** It mines its way to the program's block. */
const MOST_BLOCKS = 2n ** 40n;

/** Opens EDR; a provider is made for each program, since it knows one fork and one first block. */
export async function openEdr(): Promise<Peer> {
  const context = new EdrContext();
  await context.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory());
  let provider: Provider;
  let reference: Outcome;
  let callRequest: string;
  let echoRequest: string;

  async function post(request: string): Promise<{ readonly ms: number; readonly answer: Answer }> {
    const start = performance.now();
    const { data } = await provider.handleRequest(request);
    const ms = performance.now() - start;
    return { ms, answer: (typeof data === 'string' ? JSON.parse(data) : data) as Answer };
  }

  async function ask(method: string, ...params: unknown[]): Promise<unknown> {
    const { answer } = await post(encodeRequest(method, params));
    if (answer.error !== undefined) throw new Error(`edr: ${method}: ${answer.error.message}`);
    return answer.result;
  }

  /** The next block is the program's. */
  async function nextIs({ fork, block: { timestamp, baseFee, prevRandao } }: Program): Promise<void> {
    await ask('evm_setNextBlockTimestamp', quantity(timestamp));
    await ask('hardhat_setNextBlockBaseFeePerGas', quantity(baseFee));
    if (!MINED.includes(fork)) await ask('hardhat_setPrevRandao', wordHex(prevRandao));
  }

  return {
    name: 'edr',
    version: installedVersion(),

    knows: ({ fork, block }) => KNOWN.has(fork) && block.number > 0n && block.number < MOST_BLOCKS,

    async prepare(program) {
      const { accounts, block } = program;
      provider = await makeProvider(context, program);
      for (const [address, account] of accounts) {
        await ask('hardhat_setBalance', address, quantity(account.balance));
        if (account.nonce > 0n) await ask('hardhat_setNonce', address, quantity(account.nonce));
        await ask('hardhat_setCode', address, account.code);
        for (const [key, value] of account.storage) {
          await ask('hardhat_setStorageAt', address, quantity(key), wordHex(value));
        }
      }
      if (block.number > 1n) await ask('hardhat_mine', quantity(block.number - 1n), '0x0');
      const call = callObject(program);
      const before = await ask('evm_snapshot');
      await ask('hardhat_impersonateAccount', program.caller);
      const price = block.baseFee > 0n ? block.baseFee : 0n;
      const hash = await ask('eth_sendTransaction', { ...call, gasPrice: quantity(price) });
      await nextIs(program);
      await ask('hardhat_mine', '0x1');
      const receipt = (await ask('eth_getTransactionReceipt', hash)) as { readonly gasUsed: Hex };
      await ask('evm_revert', before);

      await nextIs(program);
      await ask('hardhat_mine', '0x1');
      callRequest = encodeRequest('eth_call', [call, 'latest']);
      const { answer } = await post(callRequest);
      reference = { ...readOutcome('edr', answer), gasUsed: BigInt(receipt.gasUsed) };
      await ask('hardhat_setCode', ECHO_ADDRESS, echoCode(reference, program));
      echoRequest = encodeRequest('eth_call', [{ ...call, to: ECHO_ADDRESS }, 'latest']);
      if (readOutcome('edr', (await post(echoRequest)).answer).output !== reference.output) {
        throw new Error('edr: the detour does not answer as the program');
      }
    },

    async run(): Promise<Run> {
      const { ms, answer } = await post(callRequest);
      return { ms, outcome: { ...readOutcome('edr', answer), gasUsed: reference.gasUsed } };
    },

    detour: async () => (await post(echoRequest)).ms,

    async close() {},
  };
}

/** What its package says; that file is not among its exports, but beside them. */
function installedVersion(): string {
  const main = createRequire(import.meta.url).resolve('@nomicfoundation/edr');
  return JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8')).version as string;
}

const encodeRequest = (method: string, params: readonly unknown[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

function makeProvider(context: EdrContext, { fork, block }: Program): Promise<Provider> {
  return context.createProvider(
    L1_CHAIN_TYPE,
    {
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: true,
      bailOnCallFailure: true,
      bailOnTransactionFailure: false,
      chainId: 1n,
      coinbase: fromHex(block.coinbase),
      defaultTransactionGasLimit: block.gasLimit,
      genesisState: l1GenesisState(l1HardforkFromString(fork)),
      hardfork: fork,
      initialBaseFeePerGas: 0n,
      initialParentBeaconBlockRoot: new Uint8Array(32),
      minGasPrice: 0n,
      mining: { autoMine: false, memPool: { order: 'Fifo' } },
      network: { genesisBlockGasLimit: block.gasLimit, genesisBlockTime: 0n },
      networkId: 1n,
      observability: {},
      ownedAccounts: [],
      precompileOverrides: [],
      transactionGasCap: false,
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => {} },
    { subscriptionCallback: () => {} },
    new ContractDecoder(),
  );
}
