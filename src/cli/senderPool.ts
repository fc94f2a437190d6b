/**
 * Senders of blocks to come, recovered by worker threads while this one executes: recovering takes about as long as
 * executing does, and needs nothing but the block.
 */

import { Worker } from 'node:worker_threads';

/** What a worker is sent. */
export interface SenderTask {
  readonly id: number;
  readonly blocks: readonly Uint8Array[];
}

/** What it sends back: for each block 20 bytes for each transaction, or nothing where it could not be decoded. */
export interface SenderAnswer {
  readonly id: number;
  readonly addresses: readonly (Uint8Array | undefined)[];
}

/** Recovers senders. */
export interface SenderPool {
  /** undefined for a block that was not recovered: whoever executes it does so, and says what is wrong with it */
  recover(blocks: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  stop(): Promise<void>;
}

const BUILT_WORKER = new URL('./senderWorker.js', import.meta.url);

/** A pool of so many workers; with none, and from the TypeScript sources, nothing is recovered beforehand. */
export function senderPool(workers: number): SenderPool {
  if (workers === 0 || import.meta.url.endsWith('.ts')) {
    return { recover: async (blocks) => blocks.map(() => undefined), stop: async () => {} };
  }
  const waiting = new Map<number, (addresses: SenderAnswer['addresses']) => void>();
  const sizes = new Map<number, number>();
  let next = 0;
  let broken = false;
  const giveUp = (): void => {
    broken = true;
    for (const [id, answer] of waiting) answer(new Array(sizes.get(id) as number).fill(undefined));
    waiting.clear();
  };
  const threads = Array.from({ length: workers }, () => {
    const thread = new Worker(BUILT_WORKER);
    thread.on('message', ({ id, addresses }: SenderAnswer) => {
      waiting.get(id)?.(addresses);
      waiting.delete(id);
      sizes.delete(id);
    });
    // senders are only recovered sooner here: without workers the import goes on, slower
    thread.on('error', giveUp);
    return thread;
  });
  return {
    recover: (blocks) =>
      new Promise((resolve) => {
        if (broken) return resolve(blocks.map(() => undefined));
        const id = next++;
        waiting.set(id, resolve);
        sizes.set(id, blocks.length);
        threads[id % threads.length].postMessage({ id, blocks } satisfies SenderTask);
      }),
    async stop() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}
