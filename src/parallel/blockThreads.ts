/**
 * Worker threads that execute transactions of blocks whose access lists are known: `evmill/parallel`.
 *
 *     const threads = blockThreads(3);
 *     await chain.addListed(block, list, threads);
 *     await threads.stop();
 */

import { Worker } from 'node:worker_threads';
import type { BlockWorkers } from '../chain/executeListed.ts';
import type { ListedShare, ListedWork } from '../chain/listedTransactions.ts';
import type { Fork } from '../protocol/forks.ts';

/** What a thread is sent. */
export interface ThreadTask {
  readonly work: ListedWork;
  /** names the fork; the same one is sent once */
  readonly forkId: number;
  readonly fork: Fork | undefined;
}

/** What it sends back. */
export type ThreadAnswer = { readonly share: ListedShare } | { readonly problem: string };

/** Threads that take transactions. Each keeps an EVM for each fork, and what that has compiled. */
export interface BlockThreads extends BlockWorkers {
  /** Ends them. */
  stop(): Promise<void>;
}

const BUILT_WORKER = new URL('./blockWorker.js', import.meta.url);

/**
 * Starts so many threads. The one that adds a block works too: a machine of n cores has use for n - 1 threads. They
 * execute by the rules of forks alone: opcodes and precompiles of one's own, which are functions, do not reach them.
 * @throws {RangeError} for a number of threads that is none
 */
export function blockThreads(count: number, workerModule: URL = BUILT_WORKER): BlockThreads {
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`threads: expected 0 or more, got ${count}`);
  const threads = Array.from({ length: count }, () => new BlockThread(workerModule));
  return {
    execute: (work, fork) => Promise.all(threads.map((thread) => thread.execute(work, fork))),
    async stop() {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

/** One thread, and which forks it knows. One that died is replaced by the next block. */
class BlockThread {
  readonly #module: URL;
  readonly #forks: Fork[] = [];
  #worker: Worker | undefined;

  constructor(module: URL) {
    this.#module = module;
    this.#start();
  }

  #start(): Worker {
    const worker = new Worker(this.#module);
    // a program that is done with its blocks ends, whether it stopped its threads or not
    worker.unref();
    this.#worker = worker;
    this.#forks.length = 0;
    return worker;
  }

  execute(work: ListedWork, fork: Fork): Promise<ListedShare> {
    const worker = this.#worker ?? this.#start();
    const known = this.#forks.indexOf(fork);
    const forkId = known < 0 ? this.#forks.push(fork) - 1 : known;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit).unref();
        end();
      };
      const onMessage = (answer: ThreadAnswer): void =>
        settle(() => ('share' in answer ? resolve(answer.share) : reject(new Error(answer.problem))));
      const onError = (error: Error): void =>
        settle(() => {
          this.#worker = undefined;
          reject(error);
        });
      const onExit = (): void => onError(new Error('the thread ended'));
      worker.on('message', onMessage).on('error', onError).on('exit', onExit).ref();
      worker.postMessage({ work, forkId, fork: known < 0 ? fork : undefined } satisfies ThreadTask);
    });
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}
