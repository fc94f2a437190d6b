/**
 * Modules as they were generated when the package was built, in base64, under the names that they are asked for by.
 * Sources have none: `scripts/bundle.mjs` writes this file anew behind the compiler. Generating an interpreter takes
 * about 30 ms of a cold start and the kernel 4; decoding both takes less than 1.
 */
export const PREPARED: { readonly interpreter?: string; readonly kernel?: string } = {};
