/** Bytecode for tests, a small world to run it in, and the shortest way to do so. */

import { type Address, bigIntToMinimalBytes, bytesToBigInt, concatBytes, toHex } from '../../src/bytes.ts';
import {
  type CallOptions,
  createEvm,
  type Evm,
  type EvmOptions,
  type TransactionResult,
} from '../../src/chain/evm.ts';
import type { CallResult, Message } from '../../src/machine/result.ts';
import { FORKS, type Fork, osaka } from '../../src/protocol/forks.ts';
import { OPCODE_NAMED, type OpName } from '../../src/protocol/opcodes.ts';
import type { Alloc, GenesisAccount } from '../../src/state/diff.ts';
import { memoryState } from '../../src/state/memory.ts';
import { runSync } from '../../src/task.ts';

export const MAX_WORD = (1n << 256n) - 1n;
export const ETHER = 10n ** 18n;

/** Who calls, who is called, and two more. None of them is a precompile. */
export const CALLER: Address = '0xca11e40000000000000000000000000000000001';
export const CONTRACT: Address = '0xc0de000000000000000000000000000000000002';
export const OTHER: Address = '0xc0de000000000000000000000000000000000003';
export const NOBODY: Address = '0xdead000000000000000000000000000000000004';

/** An opcode by name, a byte by number, a push of the shortest size by bigint, or bytes as they are. */
export type Piece = OpName | number | bigint | Uint8Array;

/** Pieces as code. */
export function program(...pieces: readonly Piece[]): Uint8Array {
  return concatBytes(
    ...pieces.map((piece) => {
      if (typeof piece === 'string') return Uint8Array.of(OPCODE_NAMED[piece].code);
      if (typeof piece === 'number') return Uint8Array.of(piece);
      return typeof piece === 'bigint' ? push(piece) : piece;
    }),
  );
}

/** A push by the smallest of PUSH1 to PUSH32 that holds the word, or by the one of a given size. */
export function push(word: bigint, size?: number): Uint8Array {
  const bytes = bigIntToMinimalBytes(word);
  const length = size ?? Math.max(1, bytes.length);
  const padding = new Uint8Array(length - bytes.length);
  return concatBytes(Uint8Array.of(OPCODE_NAMED.PUSH1.code + length - 1), padding, bytes);
}

/** One more contract. */
export const FRESH: Address = '0xc0de00000000000000000000000000000000000f';

/** An address as the word that pushes it. */
export const wordOf = (address: Address): bigint => BigInt(address);

/** Code that leaves the word on top of the stack as its output. */
export const returnTop: readonly Piece[] = [0n, 'MSTORE', 32n, 0n, 'RETURN'];

/** Code that returns what is in memory. */
export const returnMemory = (offset: number, size: number): readonly Piece[] => [
  BigInt(size),
  BigInt(offset),
  'RETURN',
];

/** An account of a small world. */
export function account(fields: Partial<GenesisAccount> = {}): GenesisAccount {
  return { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: new Map(), ...fields };
}

/** The caller with a thousand ether, and code at `CONTRACT` with one. */
export function worldOf(code: Uint8Array, more: Iterable<[Address, GenesisAccount]> = []): Alloc {
  return new Map<Address, GenesisAccount>([
    [CALLER, account({ balance: 1000n * ETHER })],
    [CONTRACT, account({ nonce: 1n, balance: ETHER, code })],
    ...more,
  ]);
}

/** Forks whose gas is of one kind only: what the models of these tests know. */
export const PLAIN_FORKS: readonly Fork[] = FORKS.filter(({ rules }) => !rules.stateGas);

export const TIERS = ['interpreter', 'compiler'] as const;

/**
 * Ways of running code that must come to the same: `eager` compiles whatever it comes across in slices as small as can
 * be, `switching` changes tiers at the blocks' ends by a sequence of its own.
 */
export const WAYS = {
  interpreter: { tier: 'interpreter' },
  compiler: { tier: 'compiler' },
  eager: {
    tier: 'auto',
    tuning: { heat: 0, visits: 1, gasPerInstruction: 0, sliceInstructions: 1, cacheBytes: 20_000 },
  },
  switching: { tier: 'compiler', tuning: { switchSeed: 0x5eed } },
} as const satisfies Record<string, Partial<EvmOptions>>;
export type Way = keyof typeof WAYS;

const evms: Record<Way, Map<Fork, Evm>> = {
  interpreter: new Map(),
  compiler: new Map(),
  eager: new Map(),
  switching: new Map(),
};

/** One EVM for each fork and way: making one takes longer than most runs. */
export function evmOf(fork: Fork, way: Way = 'interpreter'): Evm {
  let evm = evms[way].get(fork);
  if (evm === undefined) evms[way].set(fork, (evm = createEvm({ fork, ...WAYS[way] })));
  return evm;
}

/** What a run may be given besides its code. */
export interface Setting extends CallOptions {
  readonly fork?: Fork;
  readonly gas?: bigint;
  readonly message?: Partial<Message>;
  /** accounts besides the caller and the contract, or in their place */
  readonly world?: Iterable<[Address, GenesisAccount]>;
  readonly blockHash?: (number: bigint) => bigint;
}

/** Runs pieces of code as the contract's, on state at hand. */
export function execute(pieces: readonly Piece[], setting: Setting = {}): CallResult {
  return executeCode(program(...pieces), setting);
}

/** Runs code as the contract's, on state at hand, once per tier: what comes out must not depend on it. */
export function executeCode(code: Uint8Array, setting: Setting = {}): CallResult {
  const { fork = osaka, gas = 10_000_000n, message, world, blockHash, ...options } = setting;
  const source = memoryState(worldOf(code, world), blockHash);
  // What is watched step by step is interpreted.
  const isWatched = options.tracer !== undefined || options.steps !== undefined;
  const tiers = isWatched ? TIERS.slice(0, 1) : TIERS;
  const [result, ...others] = tiers.map((tier) =>
    runSync(evmOf(fork, tier).call({ caller: CALLER, to: CONTRACT, gas, ...message }, options), source),
  );
  for (const other of others)
    if (resultText(other) !== resultText(result)) throw new TiersDisagree(result, other);
  return result;
}

/** Two tiers came to different results. */
class TiersDisagree extends Error {
  constructor(one: CallResult, other: CallResult) {
    super(`tiers disagree: ${resultText(one)} and ${resultText(other)}`);
  }
}

/** The word that code leaves on top of the stack. Throws where it does not get that far. */
export function topOf(pieces: readonly Piece[], setting: Setting = {}): bigint {
  const { status, halt, output } = execute([...pieces, ...returnTop], setting);
  if (status !== 'success') throw new Error(`expected success, got ${halt?.reason ?? status}`);
  return bytesToBigInt(output);
}

/** Any value as text: equal values and only those give equal texts. Maps are sorted. */
export function plainText(value: unknown): string {
  const plain = (_: string, inside: unknown): unknown => {
    if (typeof inside === 'bigint') return `${inside}n`;
    if (inside instanceof Uint8Array) return toHex(inside);
    if (inside instanceof Map) return [...inside].sort(([a], [b]) => (a < b ? -1 : 1));
    return inside;
  };
  return JSON.stringify(value, plain, 1);
}

/** Everything that a run came to, as text. */
export const resultText = (result: CallResult | TransactionResult): string => plainText(result);

/** Accounts of a world. */
export type Accounts = [Address, GenesisAccount][];

/** A contract of a world. */
export const contractAt = (address: Address, ...pieces: readonly Piece[]): [Address, GenesisAccount] => [
  address,
  account({ nonce: 1n, code: program(...pieces) }),
];

export type CallKind = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL';

/** What a call is given besides its target: offsets and sizes of memory for its input and its output. */
export interface CallOperands {
  readonly gas?: Piece;
  readonly value?: bigint;
  readonly input?: readonly [bigint, bigint];
  readonly output?: readonly [bigint, bigint];
}

/** A call; its result is on top of the stack. */
export function call(kind: CallKind, to: Address | bigint, operands: CallOperands = {}): Piece[] {
  const { gas = 'GAS', value = 0n, input = [0n, 0n], output = [0n, 0n] } = operands;
  const takesValue = kind === 'CALL' || kind === 'CALLCODE';
  const target = typeof to === 'bigint' ? to : wordOf(to);
  return [output[1], output[0], input[1], input[0], ...(takesValue ? [value] : []), target, gas, kind];
}

/** Runs code on an EVM of its own, once per tier. */
export function runOn(options: EvmOptions, pieces: readonly Piece[], gas = 1_000_000n): CallResult {
  const source = memoryState(worldOf(program(...pieces)));
  const message = { caller: CALLER, to: CONTRACT, gas };
  const [result, ...others] = TIERS.map((tier) =>
    runSync(createEvm({ ...options, tier }).call(message), source),
  );
  for (const other of others)
    if (resultText(other) !== resultText(result)) throw new TiersDisagree(result, other);
  return result;
}
