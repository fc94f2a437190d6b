/** A worker thread's module: runs each file that it is sent and posts the report. */

import { parentPort, workerData } from 'node:worker_threads';
import type { FixtureFile } from './fixtureFiles.ts';
import { fileRunner, type RunSettings } from './runFile.ts';

const run = await fileRunner(workerData as RunSettings);
parentPort?.on('message', (file: FixtureFile) => parentPort?.postMessage(run(file)));
