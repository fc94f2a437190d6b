import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigIntToBytes, fromHex } from '../../src/bytes.ts';
import {
  addressOfPrivateKey,
  GREATEST_LOW_S,
  recoverAddress,
  SECP256K1_ORDER,
  signHash,
} from '../../src/chain/signature.ts';
import { keccak256 } from '../../src/keccak.ts';
import { privateKey } from './transactionArbitraries.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('signatures', () => {
  it('say whose they are', () => {
    fc.assert(
      fc.property(hash, privateKey, (message, key) => {
        const { yParity, r, s } = signHash(message, key);
        expect(s <= GREATEST_LOW_S).toBe(true);
        expect(recoverAddress(message, yParity, r, s)).toBe(addressOfPrivateKey(key));
        // The mirrored signature is one of the same key.
        expect(recoverAddress(message, 1 - yParity, r, SECP256K1_ORDER - s)).toBe(addressOfPrivateKey(key));
      }),
      { numRuns: 30 },
    );
  });

  it('agree with another implementation of recovery, for any r and s', () => {
    const scalar = fc.oneof(fc.bigInt(1n, SECP256K1_ORDER - 1n), fc.bigInt(1n, 20n));
    fc.assert(
      fc.property(hash, fc.nat(1), scalar, scalar, (message, yParity, r, s) => {
        expect(recoverAddress(message, yParity, r, s)).toBe(referenceRecovery(message, yParity, r, s));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['r is 0', 0, 0n, 1n],
    ['s is 0', 0, 1n, 0n],
    ['r is the order', 0, SECP256K1_ORDER, 1n],
    ['s is the order', 0, 1n, SECP256K1_ORDER],
    ['r is negative', 0, -1n, 1n],
    ['the parity is 2', 2, 1n, 1n],
    ['no point has such an x', 0, 5n, 1n],
  ])('are nobody’s where %s', (_, yParity, r, s) => {
    expect(recoverAddress(new Uint8Array(32), yParity, r, s)).toBeUndefined();
  });

  it('are nobody’s where the key would be the point at infinity', () => {
    // R = G and s = the hash: s * R - hash * G is nothing.
    const generatorX = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
    expect(recoverAddress(bigIntToBytes(7n, 32), 0, generatorX, 7n)).toBeUndefined();
    expect(recoverAddress(bigIntToBytes(7n, 32), 0, generatorX, 8n)).toBeDefined();
  });
});

describe('keys', () => {
  it('have the address that everyone knows from the official tests', () => {
    const key = fromHex('45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8');
    expect(addressOfPrivateKey(key)).toBe('0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b');
  });

  it.each([
    ['zero', new Uint8Array(32)],
    ['the order', bigIntToBytes(SECP256K1_ORDER, 32)],
    ['31 bytes', new Uint8Array(31).fill(1)],
  ])('are not %s', (_, key) => {
    expect(() => addressOfPrivateKey(key)).toThrow(RangeError);
    expect(() => signHash(new Uint8Array(32), key)).toThrow(RangeError);
  });
});

/** The affine formula of SEC 1, 4.1.6, on noble's points, without any of the shortcuts. */
function referenceRecovery(message: Uint8Array, yParity: number, r: bigint, s: bigint): string | undefined {
  const { Point } = secp256k1;
  const prefix = Uint8Array.of(2 + yParity);
  let point: InstanceType<typeof Point>;
  try {
    point = Point.fromBytes(Uint8Array.from([...prefix, ...bigIntToBytes(r, 32)]));
  } catch {
    return undefined;
  }
  const inverse = Point.Fn.inv(r);
  const z = BigInt(`0x${Buffer.from(message).toString('hex')}`) % SECP256K1_ORDER;
  const onPoint = point.multiplyUnsafe(s).subtract(Point.BASE.multiplyUnsafe(z));
  const key = onPoint.multiplyUnsafe(inverse);
  if (key.is0()) return undefined;
  return `0x${Buffer.from(keccak256(key.toBytes(false).subarray(1)).subarray(12)).toString('hex')}`;
}
