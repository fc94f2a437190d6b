/**
 * Puts what the command line loads for itself and for `run`, `asm` and `disasm` into few files: reading 140 modules one
 * by one took as long as everything else in a short run (257 ms of processor time against 180, on a slow machine). The
 * commands that run vectors stay as they are: they start workers, which find their modules by where they lie.
 *
 *     npm run build      compiles, then bundles dist/cli/main.js over itself
 */

import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const CLI = fileURLToPath(new URL('../dist/cli/', import.meta.url));
const CHUNKS = 'chunks';
const LEFT_ALONE = /[/\\]cli[/\\](statetest|blocktest|conformance)\.js$/;

rmSync(`${CLI}${CHUNKS}`, { recursive: true, force: true });
const bundle = await rolldown({
  input: `${CLI}main.js`,
  platform: 'node',
  external: (id, importer) =>
    LEFT_ALONE.test(importer === undefined || !id.startsWith('.') ? id : `/cli/${id.slice(2)}`),
});
await bundle.write({
  dir: CLI,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
});
await bundle.close();
