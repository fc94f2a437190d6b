/** evmill for browsers, workers and bundles, where modules cannot be loaded later: the same names as `index.ts`. */

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { provideSigningCurve } from './chain/signingCurve.ts';
import type { Signature, UnsignedTransaction } from './chain/transaction.ts';
import { signTransaction as sign } from './chain/transactionSender.ts';

export * from './index.ts';

/**
 * Signs a transaction.
 * @param privateKey 32 bytes
 * @throws {RangeError} when the key is not an integer between 0 and the order of secp256k1, both exclusive
 */
export function signTransaction<T extends UnsignedTransaction>(tx: T, privateKey: Uint8Array): T & Signature {
  provideSigningCurve(secp256k1);
  return sign(tx, privateKey);
}
