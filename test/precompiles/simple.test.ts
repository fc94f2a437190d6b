import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/bytes.ts';
import { signingCurve } from '../../src/chain/signingCurve.ts';
import { ecrecover, recoverAddress } from '../../src/precompiles/ecrecover.ts';
import { identity, ripemd160, sha256 } from '../../src/precompiles/linear.ts';
import { p256Verify } from '../../src/precompiles/p256.ts';
import { PRECOMPILES } from '../../src/precompiles/registry.ts';
import { integer, words } from './sample.ts';

const NOTHING = new Uint8Array(0);
const word = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('every precompile goes by its own name, leaves its input as it was, and returns nothing of it', () => {
  for (const [name, precompile] of Object.entries(PRECOMPILES)) {
    expect(precompile.name).toBe(name);
    for (const size of [0, 64, 128, 213]) {
      for (const byte of [0, 1]) {
        const input = new Uint8Array(size).fill(byte);
        if (precompile.gas(input) > 200_000) continue;
        const output = precompile.run(input);
        expect(input).toEqual(new Uint8Array(size).fill(byte));
        expect(output?.buffer).not.toBe(input.buffer);
      }
    }
  }
});

test('the curve loaded late is the one that imports give', () => {
  expect(signingCurve()).toBe(secp256k1);
});

describe('hashes and the copy', () => {
  test('as OpenSSL has them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), (input) => {
        expect(sha256.run(input)).toEqual(new Uint8Array(createHash('sha256').update(input).digest()));
        const short = new Uint8Array(createHash('ripemd160').update(input).digest());
        expect(ripemd160.run(input)).toEqual(concatBytes(new Uint8Array(12), short));
        expect(identity.run(input)).toEqual(input);
      }),
    );
  });

  test('the copy is not a view', () => {
    const input = Uint8Array.of(1, 2);
    const output = identity.run(input);
    input[0] = 9;
    expect(output).toEqual(Uint8Array.of(1, 2));
  });

  test('gas by the word begun', () => {
    const gas = [0, 1, 32, 33].map((length) => {
      const input = new Uint8Array(length);
      return [sha256.gas(input), ripemd160.gas(input), identity.gas(input)];
    });
    expect(gas).toEqual([
      [60, 600, 15],
      [72, 720, 18],
      [72, 720, 18],
      [84, 840, 21],
    ]);
  });
});

describe('ecrecover', () => {
  const key = new Uint8Array(32).fill(7);
  const address = keccak_256(secp256k1.getPublicKey(key, false).subarray(1)).slice(12);
  const signer = concatBytes(new Uint8Array(12), address);
  const order = secp256k1.Point.Fn.ORDER;

  const signed = (hash: Uint8Array): { v: number; r: bigint; s: bigint } => {
    const signature = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' });
    return {
      v: 27 + signature[0],
      r: integer(signature.subarray(1, 33)),
      s: integer(signature.subarray(33)),
    };
  };

  test('finds who signed, whether s is low or high', () => {
    fc.assert(
      fc.property(word, (hash) => {
        const { v, r, s } = signed(hash);
        expect(ecrecover.run(concatBytes(hash, words(v, r, s)))).toEqual(signer);
        expect(ecrecover.run(concatBytes(hash, words(55 - v, r, order - s)))).toEqual(signer);
        expect(recoverAddress(hash, r, s, v === 28)).toEqual(address);
      }),
      { numRuns: 20 },
    );
  });

  test('nobody signed: empty, and no failure', () => {
    const hash = new Uint8Array(32).fill(3);
    const { v, r, s } = signed(hash);
    const empty: readonly Uint8Array[] = [
      words(0, r, s),
      words(v + 2, r, s),
      words(2n ** 255n + BigInt(v), r, s),
      words(v, 0, s),
      words(v, order, s),
      words(v, r, 0),
      words(v, r, order),
      words(v, 2n ** 256n - 1n, s),
    ];
    for (const rest of empty) expect(ecrecover.run(concatBytes(hash, rest))).toEqual(NOTHING);
    expect(ecrecover.run(NOTHING)).toEqual(NOTHING);
  });

  test('more input than needed is ignored, missing input is zeros', () => {
    const hash = new Uint8Array(32).fill(3);
    const { v, r, s } = signed(hash);
    const input = concatBytes(hash, words(v, r, s));
    expect(ecrecover.run(concatBytes(input, Uint8Array.of(1, 2)))).toEqual(signer);
    expect(ecrecover.run(input.subarray(0, 127))).not.toEqual(signer);
  });
});

describe('p256Verify', () => {
  const key = new Uint8Array(32).fill(5);
  const publicKey = p256.getPublicKey(key, false).subarray(1);
  const hash = new Uint8Array(32).fill(9);
  const signature = p256.sign(hash, key, { prehash: false, lowS: false });
  const valid = concatBytes(hash, signature, publicKey);

  test('one for a valid signature, whether s is low or high', () => {
    const order = p256.Point.Fn.ORDER;
    const flipped = words(order - integer(signature.subarray(32)));
    expect(p256Verify.run(valid)).toEqual(words(1));
    expect(p256Verify.run(concatBytes(hash, signature.subarray(0, 32), flipped, publicKey))).toEqual(
      words(1),
    );
  });

  test('empty for anything else, and no failure', () => {
    for (let byte = 0; byte < valid.length; byte += 7) {
      const wrong = valid.slice();
      wrong[byte] ^= 1;
      expect(p256Verify.run(wrong)).toEqual(NOTHING);
    }
    expect(p256Verify.run(valid.subarray(1))).toEqual(NOTHING);
    expect(p256Verify.run(concatBytes(valid, Uint8Array.of(0)))).toEqual(NOTHING);
    expect(p256Verify.run(new Uint8Array(160))).toEqual(NOTHING);
    expect(p256Verify.run(concatBytes(hash, signature, new Uint8Array(64)))).toEqual(NOTHING);
    const field = p256.Point.Fp.ORDER;
    const beyond = concatBytes(hash, signature, words(field), publicKey.subarray(32));
    expect(p256Verify.run(beyond)).toEqual(NOTHING);
  });
});
