/**
 * Files to reports over worker threads. This thread only reads and hands out; a worker holds one file at a time and
 * no file is read before a worker is free for it, so memory does not depend on how much there is to run.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FileReport } from './caseResult.ts';
import type { FixtureFile } from './fixtureFiles.ts';
import { fileRunner, type RunSettings } from './runFile.ts';
import type { TraceSink } from './traceSink.ts';

/** How to run the files. */
export interface PoolOptions {
  /** how many workers; 1 or fewer: in this thread */
  readonly jobs: number;
  /** takes the traces of state and block tests; then everything runs in this thread */
  readonly trace?: TraceSink | undefined;
  /** the workers' module; the built one by default */
  readonly workerModule?: URL;
}

/** The machine's cores. */
export const ALL_CORES = availableParallelism();

const BUILT_WORKER = new URL('./worker.js', import.meta.url);

/**
 * Heap of one worker, in MB, at most. A limit makes V8 collect early instead of growing as far as the machine's
 * memory allows; the most that any official file needed is about 150.
 */
const WORKER_HEAP_MB = 320;

/**
 * Runs all files and yields their reports in the files' order, each as soon as it and those before it are there.
 * Taking no more reports stops the run.
 * @throws whatever `files` throws (unreadable input), after the reports of the files before
 */
export async function* runFiles(
  files: AsyncGenerator<FixtureFile>,
  settings: RunSettings,
  { jobs, trace, workerModule = BUILT_WORKER }: PoolOptions,
): AsyncGenerator<FileReport> {
  // workers need the built module: from the TypeScript sources, as in tests, everything runs in this thread
  const fromSources = workerModule === BUILT_WORKER && import.meta.url.endsWith('.ts');
  if (jobs <= 1 || trace !== undefined || fromSources) {
    const run = await fileRunner(settings, trace);
    for await (const file of files) yield run(file);
    return;
  }
  const slots = Array.from({ length: jobs }, () => new WorkerSlot(workerModule, settings));
  try {
    yield* dispatch(files, slots);
  } finally {
    await Promise.all(slots.map((slot) => slot.stop()));
    await files.return(undefined);
  }
}

/** Something that `dispatch` waits for. */
type Event =
  | { readonly kind: 'file'; readonly step: IteratorResult<FixtureFile> }
  | { readonly kind: 'unreadable'; readonly error: unknown }
  | { readonly kind: 'free' }
  | { readonly kind: 'report' };

/** Hands files to free workers, reading one ahead, and yields reports in order. */
async function* dispatch(
  files: AsyncGenerator<FixtureFile>,
  slots: readonly WorkerSlot[],
): AsyncGenerator<FileReport> {
  const idle = [...slots];
  const running = new Set<Promise<Event>>();
  const reports: Promise<FileReport>[] = [];
  let reading: Promise<Event> | undefined;
  let inHand: FixtureFile | undefined;
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;
  for (;;) {
    if (inHand !== undefined && idle.length > 0) {
      const slot = idle.pop()!;
      const report = slot.run(inHand);
      inHand = undefined;
      reports.push(report);
      const done: Promise<Event> = report.then(() => {
        running.delete(done);
        idle.push(slot);
        return { kind: 'free' };
      });
      running.add(done);
      continue;
    }
    if (!exhausted && inHand === undefined) {
      reading ??= files.next().then(
        (step): Event => ({ kind: 'file', step }),
        (error): Event => ({ kind: 'unreadable', error }),
      );
    }
    const waits: Promise<Event>[] = [...running];
    if (reports.length > 0) waits.push(reports[0].then((): Event => ({ kind: 'report' })));
    if (reading !== undefined) waits.push(reading);
    if (waits.length === 0) break;
    const event = await Promise.race(waits);
    if (event.kind === 'report') yield await reports.shift()!;
    else if (event.kind !== 'free') {
      reading = undefined;
      exhausted = event.kind === 'unreadable' || event.step.done === true;
      if (event.kind === 'unreadable') failure = event;
      else if (!event.step.done) inHand = event.step.value;
    }
  }
  if (failure !== undefined) throw failure.error;
}

/** A place for a worker: a worker that dies is reported for the file it had, and replaced for the next. */
class WorkerSlot {
  private worker: Worker | undefined;
  private readonly module: URL;
  private readonly settings: RunSettings;

  constructor(module: URL, settings: RunSettings) {
    this.module = module;
    this.settings = settings;
  }

  run(file: FixtureFile): Promise<FileReport> {
    const worker = (this.worker ??= new Worker(this.module, {
      workerData: this.settings,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    }));
    const start = performance.now();
    return new Promise((resolve) => {
      const settle = (report: FileReport): void => {
        worker.off('message', settle).off('messageerror', onError).off('error', onError).off('exit', onExit);
        resolve(report);
      };
      const crashed = (problem: string): void => {
        this.worker = undefined;
        // its last words may come after its end
        worker.on('error', () => {});
        const milliseconds = performance.now() - start;
        settle({ path: file.path, cases: [], kind: 'crashed', problem, milliseconds });
      };
      const onError = (error: Error): void => crashed(`${error.name}: ${error.message}`);
      const onExit = (code: number): void => crashed(`the worker ended with exit code ${code}`);
      worker.on('message', settle).on('messageerror', onError).on('error', onError).on('exit', onExit);
      const bytes = ownBuffer(file.bytes);
      worker.postMessage({ ...file, bytes }, [bytes.buffer]);
    });
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }
}

/** Bytes in a buffer of their own, which can be handed over; small reads of node share one buffer. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
}
