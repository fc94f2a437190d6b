/** Which evmill this is. */

import { readFileSync } from 'node:fs';

/** The package's version. Its manifest is the same two folders up from the sources and from what is built. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
