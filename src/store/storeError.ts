/** What goes wrong with a store on disk, said in a sentence. */

/**
 * Why a store cannot be used.
 * - `missing`: there is none at the path
 * - `foreign`: what is there is no store, or one of another format
 * - `damaged`: it is a store whose bytes are not what was written
 * - `locked`: another process writes it
 * - `full`: the disk, or the size that the store may have, is used up; it stands as it was last written
 * - `pruned`: the state of a block that is not kept any more
 * - `unavailable`: the database library is not installed, or the path cannot be read or written
 */
export type StoreFault = 'missing' | 'foreign' | 'damaged' | 'locked' | 'full' | 'pruned' | 'unavailable';

/** A store that cannot be opened, read or written. What is on disk is as it was. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}
