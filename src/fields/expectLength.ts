/** The one check that bytes from callers get before they are copied into a module's memory. */

/**
 * Does nothing when there are as many bytes as expected: fewer would leave some of an earlier call in their place.
 *
 * @throws {RangeError} otherwise
 */
export function expectLength(name: string, { length }: Uint8Array, expected: number): void {
  if (length !== expected) throw new RangeError(`${name}: expected ${expected} bytes, got ${length}`);
}

/** As `expectLength`, for bytes that are any number of parts of one length. */
export function expectMultiple(name: string, { length }: Uint8Array, part: number): void {
  if (length % part !== 0) {
    throw new RangeError(`${name}: expected a multiple of ${part} bytes, got ${length}`);
  }
}
