/** go-ethereum's tests of its command line, run with this one. */

import { Readable } from 'node:stream';
import type { FileReport } from '../conformance/caseResult.ts';
import { runEvmArchives } from '../conformance/evmCases.ts';
import type { Selects } from '../conformance/selection.ts';
import { runEvm } from './evm.ts';

/**
 * Runs the cases of archives, each with its list beside it.
 * @throws {UnreadableInput} when either cannot be read
 */
export function evmReports(paths: readonly string[], selects: Selects): AsyncGenerator<FileReport> {
  return runEvmArchives(paths, selects, async (args) => {
    let [out, err] = ['', ''];
    const exitCode = await runEvm(args, {
      stdin: Object.assign(Readable.from([]), { isTTY: true }),
      out: (text) => {
        out += text;
      },
      outAscii: (lines) => {
        out += new TextDecoder().decode(lines);
      },
      errAscii: (lines) => {
        err += new TextDecoder().decode(lines);
      },
      err: (text) => {
        err += text;
      },
      errIsTerminal: false,
    });
    return { exitCode, out, err };
  });
}
