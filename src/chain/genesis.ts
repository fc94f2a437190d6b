/** The first block of a chain, and the genesis files that describe one together with its rules. */

import { type Address, EMPTY_BYTES, fromHex, type Hex, toAddress, toHex } from '../bytes.ts';
import * as forks from '../protocol/forks.ts';
import type { BlobSchedule } from '../protocol/params.ts';
import type { Alloc, GenesisAccount } from '../state/diff.ts';
import { slotMap } from '../state/slotMap.ts';
import { stateRoot } from '../trie/stateRoot.ts';
import {
  type Activation,
  type ChainConfig,
  DEPOSIT_CONTRACT,
  forkAt,
  withListedSchedule,
} from './chainConfig.ts';
import { INITIAL_BASE_FEE } from './fees.ts';
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT, type Header, NO_REQUESTS_HASH, ZERO_HASH } from './header.ts';

/** A chain's rules and its beginning. */
export interface Genesis {
  readonly config: ChainConfig;
  readonly header: Header;
  readonly alloc: Alloc;
}

/** What a genesis header may say; the rest follows from the fork and the allocation. */
export type GenesisFields = Partial<
  Pick<
    Header,
    | 'parentHash'
    | 'coinbase'
    | 'difficulty'
    | 'number'
    | 'gasLimit'
    | 'gasUsed'
    | 'timestamp'
    | 'extraData'
    | 'mixHash'
    | 'nonce'
    | 'baseFee'
    | 'blobGasUsed'
    | 'excessBlobGas'
  >
>;

/** What a genesis file that names none gets. */
const DEFAULT_DIFFICULTY = 131_072n;
const DEFAULT_GAS_LIMIT = 4_712_388n;
const NO_ADDRESS: Address = `0x${'00'.repeat(20)}`;

/** The header of a genesis block: of no transactions, with the state of an allocation. */
export function genesisHeader(config: ChainConfig, fields: GenesisFields, alloc: Alloc): Header {
  const number = fields.number ?? 0n;
  const timestamp = fields.timestamp ?? 0n;
  const { rules, params } = forkAt(config, { number, timestamp, parentTotalDifficulty: 0n });
  const hasBlobs = params.blobSchedule !== null;
  return {
    parentHash: fields.parentHash ?? ZERO_HASH,
    ommersHash: EMPTY_LIST_HASH,
    coinbase: fields.coinbase ?? NO_ADDRESS,
    stateRoot: toHex(stateRoot(alloc)),
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(256),
    difficulty: fields.difficulty ?? (rules.proofOfStake ? 0n : DEFAULT_DIFFICULTY),
    number,
    gasLimit: fields.gasLimit ?? DEFAULT_GAS_LIMIT,
    gasUsed: fields.gasUsed ?? 0n,
    timestamp,
    extraData: fields.extraData ?? EMPTY_BYTES,
    mixHash: fields.mixHash ?? ZERO_HASH,
    nonce: fields.nonce ?? '0x0000000000000000',
    ...(rules.baseFee ? { baseFee: fields.baseFee ?? INITIAL_BASE_FEE } : {}),
    ...(rules.withdrawals ? { withdrawalsRoot: EMPTY_TRIE_ROOT } : {}),
    ...(hasBlobs ? { blobGasUsed: fields.blobGasUsed ?? 0n, excessBlobGas: fields.excessBlobGas ?? 0n } : {}),
    ...(rules.beaconRoots ? { parentBeaconRoot: ZERO_HASH } : {}),
    ...(rules.requests ? { requestsHash: NO_REQUESTS_HASH } : {}),
    ...(rules.blockAccessLists ? { blockAccessListHash: EMPTY_LIST_HASH, slotNumber: 0n } : {}),
  };
}

/** The forks that genesis files know, in the protocol's order. */
const ACTIVATIONS: readonly (readonly [key: string, fork: forks.Fork, by: Activation['by']])[] = [
  ['homesteadBlock', forks.homestead, 'number'],
  ['eip150Block', forks.tangerineWhistle, 'number'],
  ['eip158Block', forks.spuriousDragon, 'number'],
  ['byzantiumBlock', forks.byzantium, 'number'],
  ['constantinopleBlock', forks.constantinople, 'number'],
  ['petersburgBlock', forks.petersburg, 'number'],
  ['istanbulBlock', forks.istanbul, 'number'],
  ['muirGlacierBlock', forks.muirGlacier, 'number'],
  ['berlinBlock', forks.berlin, 'number'],
  ['londonBlock', forks.london, 'number'],
  ['arrowGlacierBlock', forks.arrowGlacier, 'number'],
  ['grayGlacierBlock', forks.grayGlacier, 'number'],
  ['terminalTotalDifficulty', forks.paris, 'difficulty'],
  ['shanghaiTime', forks.shanghai, 'timestamp'],
  ['cancunTime', forks.cancun, 'timestamp'],
  ['pragueTime', forks.prague, 'timestamp'],
  ['osakaTime', forks.osaka, 'timestamp'],
  ['bpo1Time', forks.bpo1, 'timestamp'],
  ['bpo2Time', forks.bpo2, 'timestamp'],
  ['bpo3Time', forks.bpo3, 'timestamp'],
  ['bpo4Time', forks.bpo4, 'timestamp'],
  ['balDevnetTime', forks.balDevnet, 'timestamp'],
  ['amsterdamTime', forks.amsterdam, 'timestamp'],
];

/** What else may end in `Block` or `Time`: no rules of its own, or read elsewhere. */
const OTHER_KEYS: ReadonlySet<string> = new Set(['daoForkBlock', 'eip155Block', 'mergeNetsplitBlock']);

/**
 * The `config` of a genesis file whose chain is under a fork's rules from its first block on, and so was under all that
 * this one builds on.
 */
export function genesisConfig(fork: forks.Fork, chainId: number): Record<string, unknown> {
  const config: Record<string, unknown> = { chainId };
  const blobSchedule: Record<string, unknown> = {};
  const ancestors = new Set<forks.Fork>();
  for (let one: forks.Fork | null = fork; one !== null; one = one.parent) ancestors.add(one);
  for (const [key, known] of ACTIVATIONS) {
    if (!ancestors.has(known)) continue;
    const { params } = known;
    config[key] = 0;
    if (params.blobSchedule === null) continue;
    const { target, max, baseFeeUpdateFraction } = params.blobSchedule;
    const schedule = { target, max, baseFeeUpdateFraction: Number(baseFeeUpdateFraction) };
    blobSchedule[key.slice(0, -'Time'.length)] = schedule;
  }
  // What others expect besides: EIP-155 came with EIP-158, and Petersburg with the fork whose place it takes.
  if ('eip158Block' in config) config['eip155Block'] = 0;
  if ('petersburgBlock' in config) config['constantinopleBlock'] = 0;
  if ('terminalTotalDifficulty' in config) config['terminalTotalDifficultyPassed'] = true;
  return Object.keys(blobSchedule).length === 0 ? config : { ...config, blobSchedule };
}

/**
 * A chain from a genesis file in go-ethereum's format, parsed: the `config` with its forks, the header's fields and
 * the `alloc`.
 * @throws {TypeError} when a part is missing or not what belongs there
 * @throws {RangeError} when it asks for a fork that the library does not know
 */
export function parseGenesis(json: unknown): Genesis {
  const file = record(json, 'genesis');
  const config = parseConfig(file['config']);
  const alloc = parseAlloc(file['alloc']);
  return { config, alloc, header: genesisHeader(config, parseGenesisFields(file), alloc) };
}

/**
 * The rules of a genesis file's `config`.
 * @throws {TypeError} or {RangeError} as `parseGenesis`
 */
export function parseConfig(json: unknown): ChainConfig {
  const known = new Set(ACTIVATIONS.map(([key]) => key));
  const config = inKnownCase(record(json, 'config'), [...known, ...OTHER_KEYS]);
  for (const [key, value] of Object.entries(config)) {
    const isUnknown = /(Block|Time)$/.test(key) && !known.has(key) && !OTHER_KEYS.has(key);
    if (isUnknown && value !== null) throw new RangeError(`config: expected a known fork, got ${key}`);
  }
  if (optional(config, 'eip155Block') !== optional(config, 'eip158Block')) {
    throw new RangeError('config: expected eip155Block and eip158Block to be the same');
  }
  const listed = parseSchedules(config['blobSchedule']);
  const activations: Activation[] = [{ fork: forks.frontier, by: 'number', at: 0n }];
  for (const [key, fork, by] of ACTIVATIONS) {
    // a chain that leaves out Petersburg takes it in Constantinople's stead
    const isPetersburg = key === 'petersburgBlock';
    const at = optional(config, key) ?? (isPetersburg ? optional(config, 'constantinopleBlock') : undefined);
    if (at !== undefined) activations.push({ fork: withListedSchedule(fork, listed), by, at });
  }
  const deposits = config['depositContractAddress'];
  return {
    chainId: optional(config, 'chainId') ?? 1n,
    forks: activations,
    daoBlock: config['daoForkSupport'] === false ? undefined : optional(config, 'daoForkBlock'),
    depositContract: deposits == null ? DEPOSIT_CONTRACT : toAddress(String(deposits)),
    sealed: config['ethash'] != null,
  };
}

/** Keys as they are known: go-ethereum does not mind their case, and some files rely on that. */
function inKnownCase(
  config: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const byLowerCase = new Map(known.map((key) => [key.toLowerCase(), key]));
  const entries = Object.entries(config).map(([key, value]) => [
    byLowerCase.get(key.toLowerCase()) ?? key,
    value,
  ]);
  return Object.fromEntries(entries);
}

function parseSchedules(json: unknown): ReadonlyMap<string, BlobSchedule> {
  const schedules = new Map<string, BlobSchedule>();
  if (json == null) return schedules;
  for (const [name, value] of Object.entries(record(json, 'blobSchedule'))) {
    if (value === null) continue;
    const stated = record(value, `blobSchedule.${name}`);
    schedules.set(name.toLowerCase(), {
      target: Number(integer(stated['target'], `blobSchedule.${name}.target`)),
      max: Number(integer(stated['max'], `blobSchedule.${name}.max`)),
      baseFeeUpdateFraction: integer(
        stated['baseFeeUpdateFraction'],
        `blobSchedule.${name}.baseFeeUpdateFraction`,
      ),
    });
  }
  return schedules;
}

/**
 * The header's fields of a genesis file.
 * @throws {TypeError} when one is not what belongs there
 */
export function parseGenesisFields(file: Readonly<Record<string, unknown>>): GenesisFields {
  const fields: Record<string, unknown> = {};
  const numbers = [
    ['difficulty', 'difficulty'],
    ['number', 'number'],
    ['gasLimit', 'gasLimit'],
    ['gasUsed', 'gasUsed'],
    ['timestamp', 'timestamp'],
    ['baseFeePerGas', 'baseFee'],
    ['blobGasUsed', 'blobGasUsed'],
    ['excessBlobGas', 'excessBlobGas'],
  ] as const;
  for (const [key, field] of numbers) {
    const value = optional(file, key);
    if (value !== undefined) fields[field] = value;
  }
  const texts = [
    ['parentHash', 32],
    ['mixHash', 32],
    ['nonce', 8],
    ['coinbase', 20],
  ] as const;
  for (const [key, length] of texts) {
    if (file[key] != null) fields[key] = paddedHex(file[key], key, length);
  }
  if (file['extraData'] != null) fields['extraData'] = fromHex(String(file['extraData']));
  return fields;
}

/** Genesis files shorten leading zeros away, most of all in nonces. */
function paddedHex(value: unknown, where: string, length: number): Hex {
  const digits = String(value)
    .replace(/^0x/i, '')
    .padStart(length * 2, '0');
  if (digits.length !== length * 2) throw new TypeError(`${where}: expected ${length} bytes, got ${value}`);
  return toHex(fromHex(digits));
}

/**
 * An allocation: balances, nonces, codes and slots by address, with or without `0x`.
 * @throws {TypeError} when an account is not what belongs there
 */
export function parseAlloc(json: unknown): Alloc {
  const alloc = new Map<Address, GenesisAccount>();
  for (const [address, value] of Object.entries(record(json ?? {}, 'alloc'))) {
    const account = record(value, `alloc.${address}`);
    const storage: [slot: bigint, value: bigint][] = [];
    for (const [key, word] of Object.entries(record(account['storage'] ?? {}, `alloc.${address}.storage`))) {
      storage.push([word256(key), word256(String(word))]);
    }
    alloc.set(toAddress(address), {
      nonce: optional(account, 'nonce') ?? 0n,
      // the oldest files say wei
      balance: optional(account, 'balance') ?? optional(account, 'wei') ?? 0n,
      code: account['code'] == null ? EMPTY_BYTES : fromHex(String(account['code'])),
      storage: slotMap(storage),
    });
  }
  return alloc;
}

/** Keys and values of storage are hex whatever they look like. */
function word256(text: string): bigint {
  const digits = text.replace(/^0x/i, '');
  if (!/^[0-9a-f]{0,64}$/i.test(digits)) throw new TypeError(`storage: expected a word in hex, got ${text}`);
  return digits === '' ? 0n : BigInt(`0x${digits}`);
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${where}: expected an object, got ${JSON.stringify(value)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function optional(from: Readonly<Record<string, unknown>>, key: string): bigint | undefined {
  const value = from[key];
  return value === undefined || value === null ? undefined : integer(value, key);
}

function integer(value: unknown, where: string): bigint {
  if (value === '0x') return 0n;
  if (typeof value === 'string' && /^(0x[0-9a-f]+|[0-9]+)$/i.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return integerOf(value);
  throw new TypeError(`${where}: expected an integer, got ${JSON.stringify(value)}`);
}

/**
 * Genesis files write large numbers such as a terminal difficulty out, and JSON rounds them: what stood there is the
 * shortest decimal that rounds so (58750000000000000000000, mainnet's), not the rounded value.
 */
function integerOf(value: number): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  const [digits, exponent] = value.toExponential().split('e+');
  const [whole, fraction = ''] = digits.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length);
}
