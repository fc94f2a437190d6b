/**
 * Puts what the command line loads for itself and for `run`, `asm` and `disasm` into few files: reading 140 modules one
 * by one took as long as everything else in a short run (257 ms of processor time against 180, on a slow machine). Other
 * commands stay as they are: some start workers, which find their modules by where they lie.
 *
 *     npm run build      compiles, then bundles dist/cli/main.js over itself
 */

import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const CLI = fileURLToPath(new URL('../dist/cli/', import.meta.url));
const CHUNKS = 'chunks';
/** What of `commands.js` imports goes in; every other command stays a file of its own. */
const BUNDLED = /^\.\/(run|asm|disasm|host)\.js$/;

/** Gives the bundle the interpreter as it is generated now: see `src/machine/prepared.ts`. */
const preparedInterpreter = {
  name: 'prepared-interpreter',
  async load(id) {
    if (!/[/\\]machine[/\\]prepared\.js$/.test(id)) return null;
    const { interpreterModule } = await import('../dist/machine/interpreter.js');
    const { OFFICIAL } = await import('../dist/machine/engine.js');
    const bytes = Buffer.from(interpreterModule(OFFICIAL, 'none'));
    return `export const PREPARED_INTERPRETER = '${bytes.toString('base64')}';`;
  },
};

rmSync(`${CLI}${CHUNKS}`, { recursive: true, force: true });
const bundle = await rolldown({
  input: `${CLI}main.js`,
  platform: 'node',
  plugins: [preparedInterpreter],
  external: (id, importer) =>
    importer?.endsWith('commands.js') === true && id.startsWith('./') && !BUNDLED.test(id),
});
await bundle.write({
  dir: CLI,
  format: 'esm',
  // Half the text to read and to parse: 10 ms of a cold start.
  minify: true,
  entryFileNames: '[name].js',
  chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
});
await bundle.close();
// so that a link to it is a command, as npm makes one
chmodSync(`${CLI}main.js`, 0o755);
