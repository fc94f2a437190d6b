/**
 * Another EVM that runs state tests and prints its steps, as a process: names of files go to its standard input where
 * it takes them there (go-ethereum's `evm statetest` and those that do as it does), else one process runs each file.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Convention, parseTraceLine, type TraceLine } from './traceStep.ts';

/** Which client, and how it is started; plain data, so that threads can be told. */
export interface ClientSettings {
  readonly convention: Convention;
  /** the program and its first arguments */
  readonly command: readonly string[];
}

/** A client that is running. */
export interface Client {
  readonly name: string;
  readonly convention: Convention;
  /**
   * Runs a file of one case, and hands each line to `take` as it comes, until the state root or as long as `take` is
   * true; what comes afterwards is read and forgotten.
   * @returns what went wrong, if something did: no answer, or the end of the process
   */
  run(file: string, take: (line: TraceLine) => boolean): Promise<string | undefined>;
  close(): void;
}

/** How long a client may think about one case, in milliseconds. */
const PATIENCE = 30_000;

/** Most steps that a client is asked for; the roots are compared in any case. A step of @ethereumjs takes some 20 µs. */
export const mostSteps = (convention: Convention): number => (convention === 'ethereumjs' ? 20_000 : 200_000);

/** Arguments by convention, and whether names of files are read from standard input. */
const MANNERS: Readonly<Record<Convention, { readonly args: readonly string[]; readonly isWarm: boolean }>> =
  {
    geth: { args: ['statetest', '--trace'], isWarm: true },
    evmill: { args: ['statetest', '--trace', '--json'], isWarm: true },
    ethereumjs: { args: ['--steps', `${mostSteps('ethereumjs')}`], isWarm: true },
    evmone: { args: ['--trace'], isWarm: false },
    revm: { args: ['statetest', '--json'], isWarm: false },
  };

/** Names of the conventions. */
export const CONVENTIONS = Object.keys(MANNERS) as readonly Convention[];

/** Starts a client, or prepares to. */
export function openClient({ convention, command }: ClientSettings): Client {
  const name = `${convention}:${command.join(' ')}`;
  const { isWarm } = MANNERS[convention];
  return isWarm ? warmClient(name, convention, command) : coldClient(name, convention, command);
}

function started(
  convention: Convention,
  [program, ...first]: readonly string[],
  more: readonly string[] = [],
) {
  const child = spawn(program, [...first, ...MANNERS[convention].args, ...more], { stdio: 'pipe' });
  // what it prints for people must be read, or it would wait; a pipe that closes early is told by 'close'
  child.stdout.resume();
  child.stdin.on('error', () => {});
  // a late error must find someone
  child.on('error', () => {});
  return child;
}

function coldClient(name: string, convention: Convention, command: readonly string[]): Client {
  return {
    name,
    convention,
    run: (file, take) => {
      const child = started(convention, command, [file]);
      child.stdin.end();
      return answerOf(child, convention, take).then((problem) => {
        child.kill();
        return problem;
      });
    },
    close() {},
  };
}

function warmClient(name: string, convention: Convention, command: readonly string[]): Client {
  let child: ChildProcessWithoutNullStreams | undefined;
  return {
    name,
    convention,
    async run(file, take) {
      const running = (child ??= started(convention, command));
      const answer = answerOf(running, convention, take);
      running.stdin.write(`${file}\n`);
      const problem = await answer;
      if (problem !== undefined) {
        running.kill();
        child = undefined;
      }
      return problem;
    },
    close() {
      child?.stdin.end();
      child?.kill();
    },
  };
}

/** Reads the steps of one case from a process. */
function answerOf(
  child: ChildProcessWithoutNullStreams,
  convention: Convention,
  take: (line: TraceLine) => boolean,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let isWanted = true;
    let words = '';
    const lines = lineSplitter((text) => {
      // what follows the first difference is of no interest, but its end is
      if (!isWanted && !text.includes('"stateRoot"')) return;
      const line = parseTraceLine(text, convention);
      if (line.kind === 'other' && !text.startsWith('{')) words = text;
      if (isWanted) isWanted = take(line);
      if (line.kind === 'root') settle(undefined);
    });
    const onEnd = (code: number | null): void =>
      settle(`ended with exit code ${code}${words === '' ? '' : `, after: ${words}`}`);
    const onError = (error: Error): void => settle(`cannot be started: ${error.message}`);
    const timer = setTimeout(() => settle(`gave no answer for ${PATIENCE / 1000} s`), PATIENCE);
    const settle = (problem: string | undefined): void => {
      clearTimeout(timer);
      child.stderr.off('data', lines);
      child.off('close', onEnd).off('error', onError);
      resolve(problem);
    };
    (child.stderr as Readable).setEncoding('utf8').on('data', lines);
    child.on('close', onEnd).on('error', onError);
  });
}

/** Takes text in chunks and hands on whole lines. */
function lineSplitter(line: (text: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop()!;
    for (const part of parts) line(part);
  };
}
