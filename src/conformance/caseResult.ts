/** What running test vectors yields. Everything here is plain data, so that workers can post it. */

import type { Hex } from '../bytes.ts';

/** One vector's outcome. */
export interface CaseResult {
  /** the vector's name in its file */
  readonly name: string;
  /** the fork as the file names it */
  readonly fork?: string;
  /** its position in the fork's list, where a file has many per name and fork */
  readonly index?: number;
  readonly pass: boolean;
  /** what the file asks for, where it was not met */
  readonly expected?: string;
  /** what came out instead */
  readonly actual?: string;
  /** what went wrong, in go-ethereum's words where it has some */
  readonly error?: string;
  /** the state root that came out (state and blockchain tests) */
  readonly stateRoot?: Hex;
}

/** One file's outcome. */
export interface FileReport {
  /** as in `FixtureFile` */
  readonly path: string;
  readonly cases: readonly CaseResult[];
  /**
   * `run`: its cases were run; `other`: it holds no vectors of this suite; `pointer`: it is a Git LFS pointer;
   * `unreadable`: it could not be parsed, `problem` says why; `crashed`: the run broke down, `problem` says how
   */
  readonly kind: 'run' | 'other' | 'pointer' | 'unreadable' | 'crashed';
  readonly problem?: string;
  /** time it took */
  readonly milliseconds: number;
}
