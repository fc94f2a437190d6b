/** Which vectors to run, as the command line says it. */

import { forkNamed } from '../protocol/forks.ts';

/** A choice of vectors; plain data, so that workers can be told. Each part that is there narrows it. */
export interface Selection {
  /** names of forks, by any of their names */
  readonly forks?: readonly string[];
  /** a regular expression on the vector's name, or `=` and the whole name */
  readonly match?: string;
  /** the position in the list of one name and fork */
  readonly index?: number;
}

/** A selection ready for use: whether a vector is in it. */
export type Selects = (name: string, fork?: string, index?: number) => boolean;

/**
 * Turns a selection into a predicate.
 * @throws {TypeError} when `match` is no regular expression
 * @throws {RangeError} when one of `forks` is neither a fork nor a transition between two
 */
export function selector(selection: Selection): Selects {
  const matches = nameMatcher(selection.match);
  const forks = selection.forks && new Set(selection.forks.map(knownForkName));
  return (name, fork, index) =>
    (forks === undefined || (fork !== undefined && forks.has(canonicalForkName(fork)))) &&
    (selection.index === undefined || index === undefined || index === selection.index) &&
    matches(name);
}

function nameMatcher(match: string | undefined): (name: string) => boolean {
  if (match === undefined) return () => true;
  if (match.startsWith('=')) return (name) => name === match.slice(1);
  try {
    const pattern = new RegExp(match);
    return (name) => pattern.test(name);
  } catch (error) {
    throw new TypeError(
      `match: expected a regular expression or =NAME, got ${match} (${(error as Error).message})`,
    );
  }
}

/** Networks of block tests that go from one fork to another: `BerlinToLondonAt5`. */
const TRANSITION = /^\w+To\w+At\w+$/i;

function knownForkName(name: string): string {
  return TRANSITION.test(name) ? name.toLowerCase() : forkNamed(name).name;
}

const canonicalNames = new Map<string, string>();

/** One name for all aliases of a fork; names that are no fork's (transitions) stay, in lower case. */
export function canonicalForkName(name: string): string {
  let canonical = canonicalNames.get(name);
  if (canonical === undefined) {
    try {
      canonical = forkNamed(name).name;
    } catch {
      canonical = name.toLowerCase();
    }
    canonicalNames.set(name, canonical);
  }
  return canonical;
}
