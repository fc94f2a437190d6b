/** Contracts in what compilers print: solc's standard and combined JSON, and the artifacts of build tools. */

import { UsageError } from './host.ts';

/** A compiled contract. */
export interface CompiledContract {
  /** with its file, where the output names one: `Token.sol:Token` */
  readonly name: string;
  /** hex; undefined where the output does not hold it */
  readonly creationCode: string | undefined;
  /** hex; undefined where the output does not hold it */
  readonly runtimeCode: string | undefined;
  /** the JSON ABI, where there is one */
  readonly abi: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** All contracts in a compiler's output; none where it is no such output. */
export function compiledContracts(json: unknown): CompiledContract[] {
  if (!isObject(json)) return [];
  const { contracts } = json;
  if (!isObject(contracts)) return artifact('', json);
  return Object.entries(contracts).flatMap(([key, value]) => {
    if (!isObject(value)) return [];
    // combined JSON lists contracts by `file:name`, standard JSON files and in them contracts
    if (key.includes(':') && ('bin' in value || 'bin-runtime' in value || 'abi' in value))
      return artifact(key, value);
    return Object.entries(value).flatMap(([name, contract]) =>
      isObject(contract) ? artifact(`${key}:${name}`, contract) : [],
    );
  });
}

/**
 * The contract that is meant: the one of that name, or the only one that has any code.
 * @throws {UsageError} when it is none or more than one; the sentence lists what there is
 */
export function chooseContract(
  contracts: readonly CompiledContract[],
  name: string | undefined,
  where: string,
): CompiledContract {
  const withCode = contracts.filter(({ creationCode, runtimeCode }) => creationCode || runtimeCode);
  const names = withCode.map((contract) => contract.name).join(', ');
  if (name === undefined) {
    if (withCode.length === 1) return withCode[0];
    if (withCode.length === 0) throw new UsageError(`${where}: expected a contract with code, got none`);
    throw new UsageError(`${where} holds several contracts: name one with --contract, of ${names}`);
  }
  const found = withCode.filter((contract) => contract.name === name || contract.name.endsWith(`:${name}`));
  if (found.length === 1) return found[0];
  const problem = found.length === 0 ? 'is none' : 'is more than one';
  throw new UsageError(`--contract: expected one of ${names}, got ${name}, which ${problem}`);
}

function artifact(name: string, contract: Json): CompiledContract[] {
  const evm = isObject(contract['evm']) ? contract['evm'] : contract;
  const creationCode = codeOf(contract['bin'] ?? evm['bytecode']);
  const runtimeCode = codeOf(contract['bin-runtime'] ?? evm['deployedBytecode']);
  if (creationCode === undefined && runtimeCode === undefined) return [];
  const called =
    name === '' && typeof contract['contractName'] === 'string' ? contract['contractName'] : name;
  return [{ name: called, creationCode, runtimeCode, abi: abiOf(contract['abi']) }];
}

function codeOf(value: unknown): string | undefined {
  const hex = isObject(value) ? value['object'] : value;
  return typeof hex === 'string' ? hex.replace(/^0x/i, '') : undefined;
}

/** Old combined JSON has the ABI as JSON in a string. */
function abiOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
