/** A worker thread's module: takes transactions of the block that it is sent until there are none left. */

import { parentPort } from 'node:worker_threads';
import { createEvm, type Evm } from '../chain/evm.ts';
import { executeShare } from '../chain/listedTransactions.ts';
import type { ThreadAnswer, ThreadTask } from './blockThreads.ts';

const evms: Evm[] = [];

parentPort?.on('message', ({ work, forkId, fork }: ThreadTask) => {
  parentPort?.postMessage(answer(work, forkId, fork));
});

function answer(work: ThreadTask['work'], forkId: number, fork: ThreadTask['fork']): ThreadAnswer {
  try {
    if (fork !== undefined) evms[forkId] = createEvm({ fork });
    return { share: executeShare(evms[forkId], work) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
