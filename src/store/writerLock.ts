/**
 * One writer at a time: a record in the store itself says who writes it. It is taken in a transaction of the database,
 * which lets no two processes in, and one that was killed is told from one that runs by when it was started.
 */

import { readFileSync } from 'node:fs';
import type { LmdbFile } from './lmdbFile.ts';
import { StoreError } from './storeError.ts';

const KEY = new TextEncoder().encode('writer');

interface Holder {
  readonly pid: number;
  /** what tells this process from a later one with the same number; empty where the system does not say */
  readonly started: string;
}

/** Folders that this process writes. */
const own = new Set<string>();

/**
 * Takes the right to write.
 * @throws {StoreError} `locked` when another has it
 * @returns what gives it back
 */
export function takeWriterLock(folder: string, file: LmdbFile): () => void {
  const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? '' };
  if (own.has(folder)) throw new StoreError('locked', `${folder}: this process writes the store already`);
  file.writeSync((batch) => {
    const record = file.value('meta', KEY);
    const holder = record === undefined ? undefined : parseHolder(record);
    if (holder !== undefined && holder.pid !== self.pid && isRunning(holder)) {
      throw new StoreError('locked', `${folder}: process ${holder.pid} writes the store; one may at a time`);
    }
    batch.put('meta', KEY, new TextEncoder().encode(JSON.stringify(self)));
  });
  own.add(folder);
  return () => {
    own.delete(folder);
    file.writeSync((batch) => batch.remove('meta', KEY));
  };
}

function parseHolder(record: Uint8Array): Holder | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(record)) as Holder;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, started }: Holder): boolean {
  const now = startOf(pid);
  if (now !== undefined && started !== '') return now === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it runs, and is someone else's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, in the system's own count since it was booted; Linux alone says so. */
function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // the name, in brackets, may hold anything: fields are counted from its end
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
