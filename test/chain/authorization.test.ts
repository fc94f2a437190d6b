import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/bytes.ts';
import {
  authorizationHash,
  isAuthorizationFor,
  recoverAuthority,
  signAuthorization,
} from '../../src/chain/authorization.ts';
import { addressOfPrivateKey, GREATEST_LOW_S, SECP256K1_ORDER } from '../../src/chain/signature.ts';
import { keccak256 } from '../../src/keccak.ts';
import { delegateOf, delegationCode } from '../../src/machine/delegation.ts';
import { address, authorization, privateKey, uint64, uint256 } from './transactionArbitraries.ts';

const unsigned = fc.record({ chainId: uint256, address, nonce: uint64 });

describe('authorizations', () => {
  it('tell who signed them', () => {
    fc.assert(
      fc.property(unsigned, privateKey, (tuple, key) => {
        const signed = signAuthorization(tuple, key);
        expect(recoverAuthority(signed)).toBe(addressOfPrivateKey(key));
        const high = { ...signed, yParity: 1 - signed.yParity, s: SECP256K1_ORDER - signed.s };
        expect(recoverAuthority(high)).toBeUndefined();
        expect(recoverAuthority({ ...signed, yParity: signed.yParity + 2 })).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('never break recovery', () => {
    fc.assert(
      fc.property(authorization, (tuple) => {
        const authority = recoverAuthority(tuple);
        if (tuple.s > GREATEST_LOW_S || tuple.yParity > 1) expect(authority).toBeUndefined();
      }),
    );
  });

  it('are signed over the magic byte and the RLP of the tuple', () => {
    const tuple = { chainId: 1n, address: `0x${'11'.repeat(20)}` as const, nonce: 0n };
    const encoded = concatBytes(Uint8Array.of(5, 0xd7, 1, 0x94), fromHex(tuple.address), Uint8Array.of(0x80));
    expect(toHex(authorizationHash(tuple))).toBe(toHex(keccak256(encoded)));
  });

  it('hold for their chain or for all, while the nonce can rise', () => {
    const tuple = { chainId: 1n, address: `0x${'11'.repeat(20)}` as const, nonce: 0n };
    expect(isAuthorizationFor(tuple, 1n)).toBe(true);
    expect(isAuthorizationFor(tuple, 2n)).toBe(false);
    expect(isAuthorizationFor({ ...tuple, chainId: 0n }, 2n)).toBe(true);
    expect(isAuthorizationFor({ ...tuple, nonce: 2n ** 64n - 1n }, 1n)).toBe(false);
    expect(isAuthorizationFor({ ...tuple, nonce: 2n ** 64n - 2n }, 1n)).toBe(true);
  });
});

describe('delegation designators', () => {
  it('name the delegate', () => {
    fc.assert(
      fc.property(address, (delegate) => {
        expect(delegateOf(delegationCode(delegate))).toBe(delegate);
      }),
    );
  });

  it.each([
    ['no code', ''],
    ['22 bytes', `ef0100${'11'.repeat(19)}`],
    ['24 bytes', `ef0100${'11'.repeat(21)}`],
    ['another version', `ef0101${'11'.repeat(20)}`],
    ['other code', '00'.repeat(23)],
  ])('are not %s', (_, code) => {
    expect(delegateOf(fromHex(code))).toBeUndefined();
  });
});
