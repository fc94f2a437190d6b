/**
 * The curve that keys and signatures are made with: noble's, which takes care that its steps do not depend on
 * secrets, as far as JavaScript lets it. (Recovery, which knows no secrets, is in `fields/`.) It is loaded when first used: that takes about 50 ms, and whoever signs nothing
 * needs none of it.
 */

/** noble's secp256k1. */
export type SigningCurve = typeof import('@noble/curves/secp256k1.js').secp256k1;

let curve: SigningCurve | undefined;

/** Makes the curve available without loading: for hosts that cannot load modules synchronously. */
export function provideSigningCurve(provided: SigningCurve): void {
  curve = provided;
}

/**
 * The curve, loaded now if it was not yet.
 * @throws {Error} where modules cannot be loaded synchronously and the curve was not provided
 */
export function signingCurve(): SigningCurve {
  curve ??= load().secp256k1;
  return curve;
}

function load(): { readonly secp256k1: SigningCurve } {
  // Typed here by hand: browsers have no `process`, and the core must not depend on Node's types.
  type Require = (specifier: string) => { readonly secp256k1: SigningCurve };
  const host = globalThis as {
    process?: {
      getBuiltinModule?: (name: string) => { createRequire(from: string): Require } | undefined;
    };
  };
  const require = host.process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url);
  if (require === undefined)
    throw new Error('signing: expected the entry for browsers, which brings the curve');
  return require('@noble/curves/secp256k1.js');
}
