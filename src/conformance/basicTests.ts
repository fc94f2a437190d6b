/**
 * ethereum/tests' BasicTests: single rules, each file in its own format, most of them older than the network itself.
 * https://github.com/ethereum/tests/tree/develop/BasicTests
 */

import { createDecipheriv, createHmac } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, EMPTY_BYTES, fromHex, toHex } from '../bytes.ts';
import { addressOfPrivateKey, recoverAddress } from '../chain/signature.ts';
import { decodeTransaction, encodeTransaction } from '../chain/transactionCodec.ts';
import { recoverSender } from '../chain/transactionSender.ts';
import { byzantium, constantinople, type Fork, frontier, homestead } from '../protocol/forks.ts';
import { decodeRlp, encodeRlp, type RlpInput, readBytes, readList } from '../rlp.ts';
import { keccak256 } from '../trie/hash.ts';
import { writeHexPrefix } from '../trie/nibbles.ts';
import type { CaseResult } from './caseResult.ts';
import { arrayAt, bytesAt, integerAt, type JsonObject, MalformedFixture, objectAt } from './fixtureValues.ts';

/** One comparison: what a file says, and what comes out here. */
type Comparison = readonly [name: string, expected: string, actual: string];

const FORMATS: Readonly<Record<string, (content: unknown, path: string) => Iterable<Comparison>>> = {
  blockgenesistest: prototypeGenesisBlocks,
  crypto: decryptions,
  difficulty: (content, path) => difficulties(content, path, mainnetFork),
  difficultyCustomMainNetwork: (content, path) => difficulties(content, path, mainnetFork),
  difficultyMainNetwork: (content, path) => difficulties(content, path, mainnetFork),
  difficultyRopsten: (content, path) => difficulties(content, path, ropstenFork),
  genesishashestest: genesisHashes,
  hexencodetest: hexPrefixes,
  keyaddrtest: keysAndAddresses,
  txtest: transactions,
};

/**
 * Runs the tests of a file, whose name tells its format.
 * @param path the file's path, or only its name
 * @param content what it holds, parsed
 * @throws {MalformedFixture} when there is no such file in BasicTests, or it is in another format
 */
export function* runBasicTests(path: string, content: unknown): Generator<CaseResult> {
  const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
  const format = FORMATS[file];
  if (format === undefined) {
    const known = Object.keys(FORMATS).join(', ');
    throw new MalformedFixture(`${path}: expected a file of BasicTests (${known}), got ${file}`);
  }
  for (const [name, expected, actual] of format(content, path)) {
    yield expected === actual ? { name, pass: true } : { name, pass: false, expected, actual };
  }
}

/** Paths of nibbles in compact form. */
function* hexPrefixes(content: unknown, path: string): Generator<Comparison> {
  for (const [name, test] of Object.entries(objectAt(content, path))) {
    const { seq, term, out } = objectAt(test, name);
    const nibbles = arrayAt(seq, name).map((nibble) => Number(nibble).toString(16));
    const key = fromHex(nibbles.join('').padEnd(nibbles.length + (nibbles.length & 1), '0'));
    const written = new Uint8Array(key.length + 1);
    const end = writeHexPrefix(written, 0, key, 0, nibbles.length, term === true);
    yield [name, String(out), toHex(written.subarray(0, end)).slice(2)];
  }
}

/**
 * Private keys that are hashes of words, their addresses, and a signature made with its arguments swapped: not of the
 * empty string by the key, but of the key by the empty string (by SHA-256 of it). Found by trying; it holds for all.
 */
function* keysAndAddresses(content: unknown, path: string): Generator<Comparison> {
  for (const test of arrayAt(content, path)) {
    const { seed, key, addr, sig_of_emptystring: signature } = objectAt(test, path);
    const name = String(seed);
    const { v, r, s } = objectAt(signature, name);
    const yParity = Number(integerAt(v, name)) - 27;
    const signer = recoverAddress(bytesAt(key, name), yParity, integerAt(r, name), integerAt(s, name));
    yield [`${name}: key`, `0x${key}`, toHex(keccak256(new TextEncoder().encode(name)))];
    yield [`${name}: address`, `0x${addr}`, addressOfPrivateKey(bytesAt(key, name))];
    yield [`${name}: signature`, addressOfPrivateKey(sha256(EMPTY_BYTES)), String(signer)];
  }
}

/** Legacy transactions with their signing keys. The unsigned form has zeros in place of the signature. */
function* transactions(content: unknown, path: string): Generator<Comparison> {
  for (const [index, test] of arrayAt(content, path).entries()) {
    const fields = objectAt(test, path);
    const { key, nonce, gasprice, startgas, value, unsigned, signed } = fields;
    const [to, data] = [bytesAt(fields['to'], 'to'), bytesAt(fields['data'], 'data')];
    const numbers = [nonce, gasprice, startgas].map((number) => integerAt(number, path));
    // A JSON number of 10^16: exact in a double.
    const plain = encodeRlp([...numbers, to, BigInt(value as number), data, 0n, 0n, 0n]);
    const tx = decodeTransaction(bytesAt(signed, path));
    const withoutSignature = readList(decodeRlp(encodeTransaction(tx)), 'transaction', 9).slice(0, 6);
    yield [`${index}: unsigned`, String(unsigned), toHex(plain).slice(2)];
    yield [`${index}: signed`, String(signed), toHex(encodeTransaction(tx)).slice(2)];
    yield [`${index}: fields`, toHex(plain), toHex(encodeRlp([...withoutSignature, 0n, 0n, 0n]))];
    yield [`${index}: sender`, addressOfPrivateKey(bytesAt(key, path)), recoverSender(tx, frontier)];
  }
}

/** The genesis block of the network's last rehearsal. */
function* genesisHashes(content: unknown, path: string): Generator<Comparison> {
  const { genesis_rlp_hex: rlp, genesis_state_root: root, genesis_hash: hash } = objectAt(content, path);
  const block = decodeRlp(bytesAt(rlp, path));
  const header = readList(readList(block, 'block', 3)[0], 'header', 15);
  yield ['block', String(rlp), toHex(encodeRlp(block)).slice(2)];
  yield ['state root', String(root), toHex(readBytes(header[3], 'state root', 32)).slice(2)];
  yield ['hash', String(hash), toHex(keccak256(encodeRlp(header))).slice(2)];
}

/**
 * Genesis blocks of a prototype of early 2014. Headers had 13 fields (among them a least gas price), and the root of
 * an empty trie was no bytes at all.
 */
function* prototypeGenesisBlocks(content: unknown, path: string): Generator<Comparison> {
  for (const [index, test] of arrayAt(content, path).entries()) {
    const { inputs, result } = objectAt(test, path);
    const header = [
      new Uint8Array(32),
      keccak256(encodeRlp([])),
      new Uint8Array(20),
      prototypeStateRoot(Object.entries(objectAt(inputs, path))),
      EMPTY_BYTES,
      0x400000n, // difficulty
      0n, // number
      10n ** 15n, // least gas price
      10n ** 6n, // gas limit
      0n, // gas used
      0n, // timestamp
      EMPTY_BYTES,
      keccak256(Uint8Array.of(42)), // nonce
    ];
    yield [String(index), String(result), toHex(encodeRlp([header, [], []])).slice(2)];
  }
}

/**
 * The prototype's state: keys were addresses and not their hashes, and a leaf held its account as a list, where it
 * now holds the list's RLP as bytes; so no trie of today can make it. Accounts must differ in their first nibble.
 */
function prototypeStateRoot(balances: readonly [address: string, balance: unknown][]): Uint8Array {
  const children: RlpInput[] = new Array(17).fill(EMPTY_BYTES);
  for (const [address, balance] of balances) {
    const from = balances.length === 1 ? 0 : 1;
    const path = new Uint8Array(21);
    const end = writeHexPrefix(path, 0, fromHex(address), from, 40, true);
    // JSON numbers of up to 10^20, multiples of 10^18: exact in a double.
    const account = [0n, BigInt(balance as number), EMPTY_BYTES, EMPTY_BYTES];
    const root = keccak256(encodeRlp([path.subarray(0, end), account]));
    if (balances.length === 1) return root;
    children[Number.parseInt(address[0], 16)] = root;
  }
  return balances.length === 0 ? EMPTY_BYTES : keccak256(encodeRlp(children));
}

/** The ciphers of the network's protocol: no part of an EVM, and here only so that no vector is left out. */
function* decryptions(content: unknown, path: string): Generator<Comparison> {
  for (const [name, test] of Object.entries(objectAt(content, path))) {
    const { decryption_type: type, key, cipher, payload } = objectAt(test, name);
    const decrypt = type === 'aes_ctr' ? decryptCounterMode : decryptEcies;
    const plain = decrypt(bytesAt(key, name), bytesAt(cipher, name));
    yield [name, String(payload), plain === undefined ? 'a wrong checksum' : toHex(plain).slice(2)];
  }
}

/** AES in counter mode; a key alone begins to count at zero. */
function decryptCounterMode(
  key: Uint8Array,
  cipher: Uint8Array,
  counter: Uint8Array = new Uint8Array(16),
): Uint8Array {
  return createDecipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(cipher);
}

/** ECIES of SEC 1 as devp2p has it: a public key of 65 bytes, a counter of 16, the cipher, a checksum of 32. */
function decryptEcies(key: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const [counter, cipher] = [message.subarray(65, 81), message.subarray(81, -32)];
  const shared = secp256k1.getSharedSecret(key, message.subarray(0, 65)).subarray(1);
  const derived = sha256(concatBytes(Uint8Array.of(0, 0, 0, 1), shared));
  const checksum = createHmac('sha256', sha256(derived.subarray(16)))
    .update(message.subarray(65, -32))
    .digest();
  if (toHex(checksum) !== toHex(message.subarray(-32))) return undefined;
  return decryptCounterMode(derived.subarray(0, 16), cipher, counter);
}

const NO_OMMERS = toHex(keccak256(encodeRlp([])));

/** Difficulties of blocks, by the fork that a block of that number has. */
function* difficulties(
  content: unknown,
  path: string,
  forkAt: (number: bigint) => Fork,
): Generator<Comparison> {
  for (const [name, test] of Object.entries(objectAt(content, path))) {
    const fields = objectAt(test, `${path}: ${name}`);
    const number = integerAt(fields['currentBlockNumber'], name);
    const actual = difficultyOf(fields, number, forkAt(number));
    yield [name, String(integerAt(fields['currentDifficulty'], name)), String(actual)];
  }
}

/** https://eips.ethereum.org/EIPS/eip-2, 100 and 649, by the fork's numbers */
function difficultyOf(fields: JsonObject, number: bigint, { params, rules }: Fork): bigint {
  const at = (name: string) => integerAt(fields[name], name);
  const parent = at('parentDifficulty');
  const steps = (at('currentTimestamp') - at('parentTimestamp')) / BigInt(params.difficultyStepSeconds);
  const hasOmmers = rules.difficultyCountsOmmers && fields['parentUncles'] !== NO_OMMERS;
  const notches = (hasOmmers ? 2n : 1n) - steps;
  const change = rules.difficultySteps ? max(notches, -99n) : steps < 1n ? 1n : -1n;
  const bombNumber = max(0n, number - BigInt(params.difficultyBombDelay));
  const period = bombNumber / 100_000n;
  const bomb = period > 1n ? 2n ** (period - 2n) : 0n;
  // The minimum counts with the bomb (Yellow Paper, 44): vectors with parents below it tell the difference.
  return max(131_072n, parent + (parent / 2048n) * change + bomb);
}

function mainnetFork(number: bigint): Fork {
  return number < 1_150_000n ? frontier : number < 4_370_000n ? homestead : byzantium;
}

function ropstenFork(number: bigint): Fork {
  return number < 1_700_000n ? homestead : number < 4_230_000n ? byzantium : constantinople;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
