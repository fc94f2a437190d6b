/** What packages from npm, and Node itself, make of the precompiles. */

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { bigIntToBytes, bytesToBigInt, concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import { keccak256 } from '../../src/keccak.ts';
import type { Contender } from '../crypto.ts';

const require = createRequire(import.meta.url);
const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32);
const padded = (bytes: Uint8Array): Uint8Array => concatBytes(new Uint8Array(32 - bytes.length), bytes);
const addressOf = (key: Uint8Array): Uint8Array => padded(keccak256(key.subarray(1)).subarray(12));
const unprefixed = (bytes: Uint8Array): string => toHex(bytes).slice(2);

/** Each loaded only when it is measured; one that cannot be loaded is absent. */
export const OPENERS: Readonly<Record<string, () => Promise<Contender>>> = {
  node: async () => ({
    sha256: (input) => createHash('sha256').update(input).digest(),
    ripemd160: (input) => padded(createHash('ripemd160').update(input).digest()),
  }),
  'hash-wasm': openHashWasm,
  '@bitcoinerlab/secp256k1': () => openRecovery('@bitcoinerlab/secp256k1'),
  'tiny-secp256k1': () => openRecovery('tiny-secp256k1'),
  secp256k1: openSecp256k1,
  'rustbn-wasm': openRustBn,
  'mcl-wasm': openMcl,
  'kzg-wasm': openKzg,
  'gmp-wasm': openGmp,
};

async function openHashWasm(): Promise<Contender> {
  interface Hasher {
    init(): Hasher;
    update(data: Uint8Array): Hasher;
    digest(format: 'binary'): Uint8Array;
  }
  const { createSHA256, createRIPEMD160 } = require('hash-wasm') as Record<string, () => Promise<Hasher>>;
  const [sha, ripemd] = [await createSHA256(), await createRIPEMD160()];
  return {
    sha256: (input) => sha.init().update(input).digest('binary'),
    ripemd160: (input) => padded(ripemd.init().update(input).digest('binary')),
  };
}

async function openRecovery(name: string): Promise<Contender> {
  const { recover } = (await import(name)) as {
    recover(hash: Uint8Array, signature: Uint8Array, id: number, compressed: boolean): Uint8Array;
  };
  return {
    ecrecover: (input) =>
      addressOf(recover(input.subarray(0, 32), input.subarray(64, 128), input[63] - 27, false)),
  };
}

async function openSecp256k1(): Promise<Contender> {
  const { ecdsaRecover } = require('secp256k1') as {
    ecdsaRecover(signature: Uint8Array, id: number, hash: Uint8Array, compressed: boolean): Uint8Array;
  };
  return {
    ecrecover: (input) =>
      addressOf(ecdsaRecover(input.slice(64, 128), input[63] - 27, input.slice(0, 32), false)),
  };
}

async function openRustBn(): Promise<Contender> {
  const { initRustBN } = require('rustbn-wasm') as {
    initRustBN(): Promise<Record<'ec_add' | 'ec_mul' | 'ec_pairing', (input: string) => string>>;
  };
  const bn = await initRustBN();
  return {
    bn254AddIstanbul: (input) => fromHex(bn.ec_add(unprefixed(input))),
    bn254MulIstanbul: (input) => fromHex(bn.ec_mul(unprefixed(input))),
    bn254PairingIstanbul: (input) => fromHex(bn.ec_pairing(unprefixed(input))),
  };
}

/** What is used of mcl; numbers go in and out as text, since its own bytes are little-endian. */
interface Mcl {
  readonly BN_SNARK1: number;
  init(curve: number): Promise<void>;
  readonly G1: new () => MclPoint;
  readonly Fr: new () => { setStr(text: string, base: number): void };
  add(a: MclPoint, b: MclPoint): MclPoint;
  mul(a: MclPoint, b: unknown): MclPoint;
}

interface MclPoint {
  setStr(text: string, base: number): void;
  getStr(base: number): string;
  normalize(): void;
}

async function openMcl(): Promise<Contender> {
  const mcl = require('mcl-wasm') as Mcl;
  await mcl.init(mcl.BN_SNARK1);
  const point = (input: Uint8Array, at: number): MclPoint => {
    const made = new mcl.G1();
    made.setStr(
      `1 ${unprefixed(input.subarray(at, at + 32))} ${unprefixed(input.subarray(at + 32, at + 64))}`,
      16,
    );
    return made;
  };
  const bytes = (made: MclPoint): Uint8Array => {
    made.normalize();
    const [, x, y] = made.getStr(16).split(' ');
    return concatBytes(word(BigInt(`0x${x}`)), word(BigInt(`0x${y}`)));
  };
  const order = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
  return {
    bn254AddIstanbul: (input) => bytes(mcl.add(point(input, 0), point(input, 64))),
    bn254MulIstanbul(input) {
      const factor = new mcl.Fr();
      factor.setStr((bytesToBigInt(input.subarray(64, 96)) % order).toString(16), 16);
      return bytes(mcl.mul(point(input, 0), factor));
    },
  };
}

async function openKzg(): Promise<Contender> {
  // by a name that is not followed: the benchmark's packages are not there where only the types are checked
  const name: string = 'kzg-wasm';
  const { loadKZG } = (await import(name)) as unknown as {
    loadKZG(): Promise<{ verifyKZGProof(commitment: string, z: string, y: string, proof: string): boolean }>;
  };
  const kzg = await loadKZG();
  const output = concatBytes(
    word(4096n),
    word(0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n),
  );
  return {
    kzgPointEvaluation(input) {
      const [z, y, commitment, proof] = [
        input.subarray(32, 64),
        input.subarray(64, 96),
        input.subarray(96, 144),
        input.subarray(144),
      ].map(toHex);
      if (!kzg.verifyKZGProof(commitment, z, y, proof)) throw new Error('the proof does not hold');
      return output;
    },
  };
}

async function openGmp(): Promise<Contender> {
  interface Binding {
    mpz_t(): number;
    mpz_init(at: number): void;
    malloc(bytes: number): number;
    readonly mem: Uint8Array;
    mpz_import(
      at: number,
      count: number,
      order: number,
      size: number,
      endian: number,
      nails: number,
      from: number,
    ): void;
    mpz_export(
      to: number,
      count: number,
      order: number,
      size: number,
      endian: number,
      nails: number,
      at: number,
    ): number;
    mpz_powm(result: number, base: number, exponent: number, modulus: number): void;
    mpz_sizeinbase(at: number, base: number): number;
    mpz_sgn(at: number): number;
  }
  const { init } = require('gmp-wasm') as { init(): Promise<{ binding: Binding }> };
  const { binding } = await init();
  const numbers = [0, 1, 2, 3].map(() => {
    const at = binding.mpz_t();
    binding.mpz_init(at);
    return at;
  });
  const buffer = binding.malloc(4096);
  const modexpOsaka = (input: Uint8Array): Uint8Array => {
    const lengths = [0, 32, 64].map((at) => Number(bytesToBigInt(input.subarray(at, at + 32))));
    let at = 96;
    for (const [index, length] of lengths.entries()) {
      binding.mem.set(input.subarray(at, at + length), buffer);
      binding.mpz_import(numbers[index], length, 1, 1, 1, 0, buffer);
      at += length;
    }
    binding.mpz_powm(numbers[3], numbers[0], numbers[1], numbers[2]);
    const size = binding.mpz_sgn(numbers[3]) === 0 ? 0 : Math.ceil(binding.mpz_sizeinbase(numbers[3], 2) / 8);
    const output = new Uint8Array(lengths[2]);
    binding.mpz_export(buffer, 0, 1, 1, 1, 0, numbers[3]);
    output.set(binding.mem.subarray(buffer, buffer + size), lengths[2] - size);
    return output;
  };
  return { modexpOsaka };
}
