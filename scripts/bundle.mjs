/**
 * Puts into few files what is loaded often: reading 140 modules one by one took as long as everything else in a short
 * run (257 ms of processor time against 180, on a slow machine).
 *
 *     npm run build      compiles, then runs this
 *
 * - `dist/machine/prepared.js` gets the interpreter and the kernel as they are generated now.
 * - `dist/cli/main.js` is bundled over itself, with `run`, `asm` and `disasm`. Other commands stay as they are: some
 *   start workers, which find their modules by where they lie.
 * - `dist/node/` has the library's entries for Node. They share what they have in common, so that a class is one class
 *   whatever it is imported by. Browsers, and whoever bundles, get the modules as compiled.
 */

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const CLI = `${DIST}cli/`;
const NODE = `${DIST}node/`;
/** What of `commands.js` imports goes in; every other command stays a file of its own. */
const BUNDLED = /^\.\/(run|asm|disasm|host)\.js$/;

const { interpreterModule } = await import('../dist/machine/interpreter.js');
const { OFFICIAL } = await import('../dist/machine/engine.js');
const { kernelModule } = await import('../dist/machine/kernel.js');
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const prepared = { interpreter: base64(interpreterModule(OFFICIAL, 'none')), kernel: base64(kernelModule()) };
writeFileSync(`${DIST}machine/prepared.js`, `export const PREPARED = ${JSON.stringify(prepared)};\n`);

/** Without comments. */
const READABLE = { compress: false, mangle: false, codegen: { removeWhitespace: false } };

async function bundle(dir, minify, options) {
  rmSync(`${dir}chunks`, { recursive: true, force: true });
  const made = await rolldown({ platform: 'node', ...options });
  await made.write({
    dir,
    format: 'esm',
    minify,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await made.close();
}

// Minified, it is half the text to read and to parse: 10 ms of a cold start.
await bundle(CLI, true, {
  input: `${CLI}main.js`,
  external: (id, importer) =>
    importer?.endsWith('commands.js') === true && id.startsWith('./') && !BUNDLED.test(id),
});
// so that a link to it is a command, as npm makes one
chmodSync(`${CLI}main.js`, 0o755);

// Readable, with names and lines: Node shows the line that threw.
await bundle(NODE, READABLE, {
  input: {
    index: `${DIST}index.js`,
    chains: `${DIST}chains.js`,
    stores: `${DIST}stores.js`,
    blockThreads: `${DIST}parallel/blockThreads.js`,
    blockWorker: `${DIST}parallel/blockWorker.js`,
  },
  external: /^(@noble\/curves|@jitl|quickjs|lmdb)/,
});
