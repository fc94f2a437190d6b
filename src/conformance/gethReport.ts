/**
 * Results as go-ethereum's `evm statetest` prints them: a JSON array of objects with two spaces of indent. It is
 * written item by item, so that a long run needs no memory for it.
 * https://github.com/ethereum/go-ethereum/blob/master/cmd/evm/reporter.go
 */

import type { CaseResult } from './caseResult.ts';

/** What else go-ethereum tells where it is asked to: plain data. */
export interface GethExtras {
  readonly state?: unknown;
  readonly benchStats?: unknown;
}

/** Writes an array of results in pieces: `item` for each, `end` after the last. */
export interface ArrayWriter {
  item(result: CaseResult, extras?: GethExtras): string;
  end(): string;
}

/** Begins an array. What the methods return, in order, is its text. */
export function gethArray(): ArrayWriter {
  let count = 0;
  return {
    item(result, extras = {}) {
      count++;
      return `${count === 1 ? '[' : ','}\n${gethObject(result, extras)}`;
    },
    end: () => (count === 0 ? '[]\n' : '\n]\n'),
  };
}

function gethObject(
  { name, pass, stateRoot, fork, error }: CaseResult,
  { state, benchStats }: GethExtras,
): string {
  const fields: [string, unknown][] = [
    ['name', name],
    ['pass', pass],
  ];
  if (stateRoot !== undefined) fields.push(['stateRoot', stateRoot]);
  fields.push(['fork', fork ?? '']);
  if (error !== undefined) fields.push(['error', error]);
  if (state !== undefined) fields.push(['state', state]);
  if (benchStats !== undefined) fields.push(['benchStats', benchStats]);
  const lines = fields.map(([key, value]) => `    "${key}": ${goJson(value)}`);
  return `  {\n${lines.join(',\n')}\n  }`;
}

/** A value as Go's encoder writes it: it escapes what could end a script element, and line separators. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replaceAll('\n', '\n    ');
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
