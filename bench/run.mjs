/**
 * Starts the benchmark: installs the peers where they are missing or outdated, then runs `main.ts`. Node 20
 * cannot run TypeScript, so the harness goes through `tsx`; evmill itself does not, but is measured as built
 * and shipped.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const wanted = new URL('package-lock.json', import.meta.url);
const installed = new URL('node_modules/.package-lock.json', import.meta.url);

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  // no install scripts: all that the peers' would do is to check for a binary that is found without them
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
}

const { register } = await import('tsx/esm/api');
register();
await import('./main.ts');
