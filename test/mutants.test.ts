/** The deliberate mistakes of `scripts/mutants.mjs` are made in sources that change: each must still be there to be made. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from '../scripts/mutantList.mjs';

test.each(MUTANTS)('$what', ({ file, from, to }) => {
  const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(source).not.toBe(source.replace(from, () => to));
});
