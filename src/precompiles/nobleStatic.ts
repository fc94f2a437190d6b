/** Imports all modules that precompiles need, for hosts that cannot load them later. See `noble.ts`. */

import * as curve from '@noble/curves/abstract/curve.js';
import * as bls from '@noble/curves/bls12-381.js';
import * as bn254 from '@noble/curves/bn254.js';
import * as nist from '@noble/curves/nist.js';
import * as secp256k1 from '@noble/curves/secp256k1.js';
import * as legacy from '@noble/hashes/legacy.js';
import * as sha2 from '@noble/hashes/sha2.js';
import * as sha3 from '@noble/hashes/sha3.js';
import { provideNoble } from './noble.ts';

provideNoble({
  '@noble/hashes/sha2.js': sha2,
  '@noble/hashes/legacy.js': legacy,
  '@noble/hashes/sha3.js': sha3,
  '@noble/curves/secp256k1.js': secp256k1,
  '@noble/curves/nist.js': nist,
  '@noble/curves/bn254.js': bn254,
  '@noble/curves/bls12-381.js': bls,
  '@noble/curves/abstract/curve.js': curve,
});
