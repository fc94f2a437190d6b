/** Changing a case a little: what a corpus of cases that reached something is for. */

import type { Address } from '../bytes.ts';
import type { UnsignedTransaction } from '../chain/transaction.ts';
import { supportsTransactionType } from '../chain/transaction.ts';
import type { Fork } from '../protocol/forks.ts';
import { type FuzzCase, SENDER } from './fuzzCase.ts';
import { generateCode } from './generateCode.ts';
import { type Instruction, instruction, isPush, lift, lower, push } from './instructions.ts';
import type { Random } from './random.ts';

/** A case like this one, changed in one to four places; `other` lends pieces of its code. */
export function mutate(
  random: Random,
  fuzzCase: FuzzCase,
  other: FuzzCase,
  forks: readonly Fork[],
): FuzzCase {
  let mutated = fuzzCase;
  for (let i = random.between(1, 4); i > 0; i--) {
    mutated = random.weighted<(one: FuzzCase) => FuzzCase>([
      [12, (one) => withCode(random, one, (code) => mutateCode(random, code, one, other))],
      [2, (one) => withTransaction(one, { gasLimit: 30_000n + BigInt(random.below(1_000_000)) })],
      [1, (one) => withTransaction(one, { value: BigInt(random.below(5)) })],
      [2, (one) => withTransaction(one, { data: random.bytes(random.below(100)) })],
      [2, (one) => withSlot(random, one)],
      [2, (one) => inFork(one, random.pick(forks))],
    ])(mutated);
  }
  return mutated;
}

function withTransaction(fuzzCase: FuzzCase, fields: Partial<UnsignedTransaction>): FuzzCase {
  return { ...fuzzCase, transaction: { ...fuzzCase.transaction, ...fields } as UnsignedTransaction };
}

/** The same in another fork, where that knows the transaction and the accounts. */
function inFork(fuzzCase: FuzzCase, fork: Fork): FuzzCase {
  const { rules } = fork;
  const hasDelegation = [...fuzzCase.pre.values()].some(({ code }) => code[0] === 0xef);
  if (!supportsTransactionType(fork, fuzzCase.transaction.type)) return fuzzCase;
  return hasDelegation && !rules.delegations ? fuzzCase : { ...fuzzCase, fork };
}

function contractsOf({ pre }: FuzzCase): Address[] {
  return [...pre]
    .filter(([address, { code }]) => address !== SENDER && code[0] !== 0xef)
    .map(([address]) => address);
}

function withCode(random: Random, fuzzCase: FuzzCase, change: (code: Uint8Array) => Uint8Array): FuzzCase {
  const contracts = contractsOf(fuzzCase);
  if (contracts.length === 0) return fuzzCase;
  const address = random.pick(contracts);
  const account = fuzzCase.pre.get(address)!;
  const code = change(account.code);
  // no client must run more than may be deployed
  if (code.length > 20_000) return fuzzCase;
  return { ...fuzzCase, pre: new Map(fuzzCase.pre).set(address, { ...account, code }) };
}

function withSlot(random: Random, fuzzCase: FuzzCase): FuzzCase {
  const contracts = contractsOf(fuzzCase);
  if (contracts.length === 0) return fuzzCase;
  const address = random.pick(contracts);
  const account = fuzzCase.pre.get(address)!;
  const storage = new Map(account.storage).set(BigInt(random.below(4)), BigInt(random.between(1, 3)));
  return { ...fuzzCase, pre: new Map(fuzzCase.pre).set(address, { ...account, storage }) };
}

function mutateCode(
  random: Random,
  code: Uint8Array,
  { fork, pre, block }: FuzzCase,
  other: FuzzCase,
): Uint8Array {
  const instructions = lift(code);
  const at = random.below(instructions.length + 1);
  const count = random.between(1, 4);
  const spliced = (...inserted: readonly Instruction[]): Instruction[] =>
    instructions.toSpliced(at, 0, ...inserted);
  const around = { fork, addresses: [...pre.keys()], block: block.number };
  const changed = random.weighted<() => readonly Instruction[]>([
    [3, () => instructions.toSpliced(at, count)],
    [2, () => spliced(...instructions.slice(at, at + count))],
    [3, () => instructions.map((one, index) => (index === at ? otherOperand(random, one) : one))],
    [2, () => spliced(instruction(random.below(256)))],
    [3, () => spliced(...lift(generateCode(random, around)))],
    [2, () => spliced(...pieceOf(random, other))],
  ])();
  return lower(changed);
}

/** A push of another word; another opcode for what is no push. */
function otherOperand(random: Random, one: Instruction): Instruction {
  if (one.target !== undefined) return one;
  return isPush(one.op) ? push(random.word()) : instruction(random.below(256));
}

function pieceOf(random: Random, other: FuzzCase): Instruction[] {
  const contracts = contractsOf(other);
  if (contracts.length === 0) return [];
  const instructions = lift(other.pre.get(random.pick(contracts))!.code);
  const at = random.below(instructions.length + 1);
  return instructions.slice(at, at + random.between(1, 12));
}
