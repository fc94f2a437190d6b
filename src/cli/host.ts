/** What a command sees of the process it runs in, so that tests can run it in theirs. */

import { fstatSync, writeSync } from 'node:fs';

/** Where a command reads and writes. */
export interface Host {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  out(text: string): void;
  err(text: string): void;
  /** the same for lines of ASCII, where most of the time would go into strings; the bytes are good during the call */
  outAscii(lines: Uint8Array): void;
  errAscii(lines: Uint8Array): void;
  /** whether a person watches standard error */
  readonly errIsTerminal: boolean;
}

/** The user's mistake, or input that cannot be read. The message says in a sentence what to mend; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Writes bytes to a stream of the process: at once to files and devices, in a copy where a pipe may take them later. */
function asciiWriter(stream: NodeJS.WriteStream & { readonly fd: number }): (lines: Uint8Array) => void {
  let isDirect: boolean | undefined;
  return (lines) => {
    isDirect ??= isFileOrDevice(stream.fd);
    if (!isDirect) {
      stream.write(Uint8Array.from(lines));
      return;
    }
    for (let at = 0; at < lines.length; ) at += writeSync(stream.fd, lines, at);
  };
}

function isFileOrDevice(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFile() || stat.isCharacterDevice();
}

/** The host of a real process. */
export function processHost(): Host {
  // whoever read our output has had enough (`evmill … | head`): that is no failure
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outAscii: asciiWriter(process.stdout),
    errAscii: asciiWriter(process.stderr),
    errIsTerminal: process.stderr.isTTY === true,
  };
}
