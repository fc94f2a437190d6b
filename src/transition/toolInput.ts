/** The input of `evm t8n`, from wherever its parts come, as the plan of a transition. */

import { fromHex } from '../bytes.ts';
import { withBlobSchedule } from '../chain/chainConfig.ts';
import { integerFromJson } from '../chain/transactionJson.ts';
import { completeEnvironment, environmentFromJson, recordOf } from './environment.ts';
import type { NamedRules } from './forkExpression.ts';
import { rulesNamed } from './forkExpression.ts';
import type { Refusal } from './sender.ts';
import { type DecodedTransaction, transactionsOfList } from './signedTransaction.ts';
import { readingJson, ToolError } from './toolError.ts';
import { transactionsFromJson } from './transactionJson.ts';
import type { TransitionPlan } from './transition.ts';

/** How the state is to change. */
export interface StateSetting {
  /** a fork's name, perhaps with EIPs: `Berlin+1559` */
  readonly fork: string;
  readonly chainId: bigint;
  /** wei; negative: none, and nobody is touched */
  readonly reward: bigint;
}

/** The parts of the input but for the allocation. */
export interface ToolInput {
  readonly env: unknown;
  /** a list of transactions */
  readonly txs: unknown;
  /** RLP of a list of transactions in hex, in place of `txs` */
  readonly txsRlp?: string | undefined;
  /** the block's blob schedule, where it is not the fork's: `{target, max, baseFeeUpdateFraction}` */
  readonly blobParams?: unknown;
}

/** Where the parts come from, for messages. */
export interface InputNames {
  readonly env: string;
  readonly txs: string;
}

/** A plan that lacks its allocation, which is read last. */
export type PlanWithoutState = Omit<TransitionPlan, 'pre'>;

/**
 * Reads all that is not state, in go-ethereum's order, so that of several mistakes the same is told.
 * @throws {ToolError}
 */
export function planOf(input: ToolInput, setting: StateSetting, names: InputNames): PlanWithoutState {
  const stated = environmentFromJson(input.env, names.env);
  const rules = rulesNamed(setting.fork, setting.chainId);
  const transactions = transactionsOf(input, setting, names.txs);
  const env = completeEnvironment(stated, withBlobParams(rules, input.blobParams));
  const { chainId, reward } = setting;
  const { depositContract } = rules.chain;
  return { env, transactions, chainId, reward, depositContract, isDaoFork: isDaoFork(rules, env.number) };
}

function withBlobParams(rules: NamedRules, json: unknown): NamedRules {
  if (json === undefined || json === null) return rules;
  const schedule = readingJson('blobParams', () => {
    const stated = recordOf(json, 'blobParams');
    const number = (name: string) => integerFromJson(stated[name], `blobParams.${name}`);
    return {
      target: Number(number('target')),
      max: Number(number('max')),
      baseFeeUpdateFraction: number('baseFeeUpdateFraction'),
    };
  });
  return {
    ...rules,
    forkOf: (number, timestamp) => withBlobSchedule(rules.forkOf(number, timestamp), schedule),
  };
}

function isDaoFork({ chain }: NamedRules, number: bigint): boolean {
  return chain.daoBlock === number;
}

function transactionsOf(
  { txs, txsRlp }: ToolInput,
  { chainId }: StateSetting,
  what: string,
): Iterable<DecodedTransaction | Refusal> {
  if (txsRlp === undefined || txsRlp === '') return transactionsFromJson(txs, what, chainId);
  return transactionsOfList(readingJson(what, () => fromHex(txsRlp)));
}

/**
 * An integer of 64 bits of the command line: decimal, or hex with `0x`.
 * @throws {ToolError} `configuration`
 */
export function integerSetting(text: string, name: string): bigint {
  const [, sign, digits] = /^([+-]?)([0-9]+|0x[0-9a-f]+)$/i.exec(text.replaceAll('_', '')) ?? [];
  if (digits === undefined) {
    throw new ToolError('configuration', `${name}: expected a number, got ${JSON.stringify(text)}`);
  }
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}
