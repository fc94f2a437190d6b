/**
 * Which rules a fixture means by a fork's name. Official fixtures of a fork to come are filled by what its rules were
 * then, and say so: `_info.url` names the release of the tests that they are of.
 */

import { balDevnet, type Fork, forkNamed } from '../protocol/forks.ts';
import { isObject } from './fixtureValues.ts';

/** Releases that were filled by earlier rules, the fork that they call so, and the rules. */
const EARLIER: readonly { readonly release: RegExp; readonly name: string; readonly rules: Fork }[] = [
  { release: /\/blob\/tests-bal@v5\.\d+\.\d+\//, name: 'Amsterdam', rules: balDevnet },
];

/**
 * The rules that a fixture calls by a fork's name.
 * @param info its `_info`
 * @throws {RangeError} when there is no such fork
 */
export function fixtureFork(name: string, info: unknown): Fork {
  const official = forkNamed(name);
  const url = isObject(info) ? String(info['url']) : '';
  const earlier = EARLIER.find((one) => one.name === official.name && one.release.test(url));
  return earlier?.rules ?? official;
}
