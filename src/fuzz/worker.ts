/** A worker thread's module: runs each program whose number it is sent, and posts the report. */

import { parentPort, workerData } from 'node:worker_threads';
import { Fuzzer, type FuzzSettings } from './fuzzer.ts';

const fuzzer = new Fuzzer(workerData as FuzzSettings);
parentPort?.on('message', async (number: number | undefined) => {
  if (number === undefined) {
    fuzzer.close();
    parentPort?.close();
    return;
  }
  const { cases, steps, coverage, findings, repeated } = await fuzzer.run(number);
  parentPort?.postMessage({ cases, steps, coverage, findings, repeated });
});
