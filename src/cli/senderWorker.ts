/** A worker thread's module: recovers who signed the transactions of the blocks that it is sent. */

import { parentPort } from 'node:worker_threads';
import { decodeBlock } from '../chain/block.ts';
import { recoverAddresses } from '../chain/senderBatch.ts';
import type { SenderAnswer, SenderTask } from './senderPool.ts';

parentPort?.on('message', ({ id, blocks }: SenderTask) => {
  const addresses = blocks.map((rlp) => {
    try {
      return recoverAddresses(decodeBlock(rlp).transactions);
    } catch {
      return undefined;
    }
  });
  parentPort?.postMessage({ id, addresses } satisfies SenderAnswer);
});
