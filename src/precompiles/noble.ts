/**
 * The modules of noble that precompiles stand on, loaded when a precompile first runs: together they take 55 to
 * 70 ms to import on Node 20, about half of what a short run may take from start to end, and few runs need them.
 *
 * Node, Bun and Deno load an ES module synchronously through `createRequire`. Where there is none (browsers, workers
 * and single-file bundles) the entry for them imports `nobleStatic.ts`, which provides the modules beforehand.
 */

/** The modules by specifier. */
export interface NobleModules {
  '@noble/hashes/sha2.js': typeof import('@noble/hashes/sha2.js');
  '@noble/hashes/legacy.js': typeof import('@noble/hashes/legacy.js');
  '@noble/hashes/sha3.js': typeof import('@noble/hashes/sha3.js');
  '@noble/curves/secp256k1.js': typeof import('@noble/curves/secp256k1.js');
  '@noble/curves/nist.js': typeof import('@noble/curves/nist.js');
  '@noble/curves/bn254.js': typeof import('@noble/curves/bn254.js');
  '@noble/curves/bls12-381.js': typeof import('@noble/curves/bls12-381.js');
  '@noble/curves/abstract/curve.js': typeof import('@noble/curves/abstract/curve.js');
}

type Require = (specifier: string) => unknown;

const loaded: Partial<NobleModules> = {};
let load: Require | undefined;

/** Makes modules available without loading: for hosts that cannot load synchronously. */
export function provideNoble(modules: Partial<NobleModules>): void {
  Object.assign(loaded, modules);
}

/**
 * A module of noble, loaded now if it was not yet.
 * @throws {Error} where modules cannot be loaded synchronously and this one was not provided
 */
export function noble<Specifier extends keyof NobleModules>(specifier: Specifier): NobleModules[Specifier] {
  return loaded[specifier] ?? loadNow(specifier);
}

function loadNow<Specifier extends keyof NobleModules>(specifier: Specifier): NobleModules[Specifier] {
  // Typed here by hand: browsers have no `process`, and the core must not depend on Node's types.
  const host = globalThis as {
    process?: {
      getBuiltinModule?: (name: string) => { createRequire(from: string): Require } | undefined;
    };
  };
  load ??= host.process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url);
  if (load === undefined) throw new Error(`${specifier} is not provided: import nobleStatic first`);
  const found = load(specifier) as NobleModules[Specifier];
  loaded[specifier] = found;
  return found;
}
