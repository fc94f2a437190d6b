/** A host for commands that run in the tests' own process. */

import { Readable } from 'node:stream';
import { runCli } from '../../src/cli/commands.ts';

/** What a command line did. */
export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line, with lines on standard input or none. */
export async function evmill(args: readonly string[], stdin?: readonly string[]): Promise<Outcome> {
  let out = '';
  let err = '';
  const input = Readable.from(stdin === undefined ? [] : [stdin.join('\n')]);
  const exitCode = await runCli(args, {
    stdin: Object.assign(input, { isTTY: stdin === undefined }),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outAscii: (lines) => {
      out += new TextDecoder().decode(lines);
    },
    errAscii: (lines) => {
      err += new TextDecoder().decode(lines);
    },
    errIsTerminal: false,
  });
  return { exitCode, out, err };
}
