/** What a command sees of the process it runs in, so that tests can run it in theirs. */

/** Where a command reads and writes. */
export interface Host {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  out(text: string): void;
  err(text: string): void;
  /** whether a person watches standard error */
  readonly errIsTerminal: boolean;
}

/** The user's mistake, or input that cannot be read. The message says in a sentence what to mend; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
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
    errIsTerminal: process.stderr.isTTY === true,
  };
}
