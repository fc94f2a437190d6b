/** The code that a command is given, however it is given. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Fork } from '../protocol/forks.ts';
import { type Host, UsageError } from './host.ts';
import { hexOption } from './values.ts';

/** What was given. */
export interface CodeInput {
  readonly code: Uint8Array;
  /** the JSON ABI that came with it */
  readonly abi: unknown;
}

/** How the code is to be used, which says what part of a compiler's output is meant. */
export interface CodeWish {
  readonly fork: Fork;
  /** the code that creates the contract, in place of the code that it then has */
  readonly creation: boolean;
  /** which one of a compiler's contracts */
  readonly contract: string | undefined;
}

/** What `CODE|FILE|-` may be, for help texts. */
export const CODE_ARGUMENT =
  'hex, mnemonics, a file of either, of bytes or of solc JSON, or - for standard input';

/**
 * Reads code.
 * @throws {UsageError} when there is none, or when it cannot be told what it is
 */
export async function readCode(argument: string, wish: CodeWish, host: Host): Promise<CodeInput> {
  if (argument === '-') return codeOf(await readStdin(host), 'standard input', wish);
  if (/^(0x)?[0-9a-f]*$/i.test(argument)) return { code: hexOption(argument, 'code'), abi: undefined };
  if (existsSync(argument)) return codeOf(readBytes(argument), argument, wish);
  const { isMnemonic } = await import('../assembler/assemble.ts');
  const [word] = argument.trim().split(/[\s,]+/);
  if (/\s/.test(argument) || isMnemonic(word)) {
    return { code: await assembled(argument, 'code', wish.fork), abi: undefined };
  }
  throw new UsageError(
    `code: expected hex, mnemonics or a file, got ${show(argument)}, and no such file is there`,
  );
}

/**
 * The bytes of a file.
 * @throws {UsageError} when it cannot be read
 */
export function readBytes(path: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${path}: expected a file, got a folder`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    );
  }
}

/**
 * A file of JSON.
 * @throws {UsageError} when it cannot be read or is none
 */
export function readJson(path: string): unknown {
  return parseJson(new TextDecoder().decode(readBytes(path)), path);
}

/** Everything on standard input. */
export async function readStdin(host: Host): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of host.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/**
 * The text of a file or, for `-`, of standard input.
 * @throws {UsageError} when it cannot be read
 */
export async function readText(path: string, host: Host): Promise<string> {
  return new TextDecoder().decode(path === '-' ? await readStdin(host) : readBytes(path));
}

/** Text, for the assembler; anything else that is no printable ASCII must be code itself. */
const PRINTABLE = /^[\t\n\r -~]*$/;

async function codeOf(bytes: Uint8Array, where: string, wish: CodeWish): Promise<CodeInput> {
  const text = new TextDecoder().decode(bytes).trim();
  if (text === '') throw new UsageError(`${where}: expected code, got nothing`);
  if (text.startsWith('{')) return compiledCode(parseJson(text, where), where, wish);
  if (/^(0x)?[0-9a-f\s]*$/i.test(text)) return { code: hexOption(text, where), abi: undefined };
  if (!PRINTABLE.test(text)) return { code: new Uint8Array(bytes), abi: undefined };
  return { code: await assembled(text, where, wish.fork), abi: undefined };
}

async function assembled(text: string, where: string, fork: Fork): Promise<Uint8Array> {
  const { assemble } = await import('../assembler/assemble.ts');
  const { AssemblyError } = await import('../assembler/tokens.ts');
  try {
    return assemble(text, fork);
  } catch (error) {
    if (error instanceof AssemblyError) throw new UsageError(`${where}: ${error.message}`);
    throw error;
  }
}

async function compiledCode(json: unknown, where: string, wish: CodeWish): Promise<CodeInput> {
  const { chooseContract, compiledContracts } = await import('./solcJson.ts');
  const contract = chooseContract(compiledContracts(json), wish.contract, where);
  const { name, abi } = contract;
  const hex = wish.creation ? contract.creationCode : contract.runtimeCode;
  const of = name === '' ? where : `${where}, ${name}`;
  if (!hex) {
    throw new UsageError(
      wish.creation
        ? `${of}: expected the code that creates it, got only the code that it then has; leave --create out`
        : `${of}: expected the code of the deployed contract, got only the code that creates it; add --create`,
    );
  }
  const hole = /__.{36}__/.exec(hex);
  if (hole !== null)
    throw new UsageError(`${of}: expected linked code, got a place for the library ${hole[0]}`);
  return { code: hexOption(hex, of), abi };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: expected JSON, got ${(error as Error).message}`);
  }
}

const show = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
