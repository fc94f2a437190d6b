/**
 * The interpreter as it was generated when the package was bundled, in base64. Only the command line's bundle has it
 * (`scripts/bundle.mjs` puts it here): generating it anew takes about 30 ms of a cold start, and decoding it 1.
 */
export const PREPARED_INTERPRETER: string | undefined = undefined;
