/** evmill, importing blocks by its command line in a process of its own, whose memory is looked at meanwhile. */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PeerRun } from './chainPeer.ts';

/** What a process had in memory at a moment. */
export interface MemorySample {
  /** since the import began */
  readonly seconds: number;
  /** megabytes (2^20 bytes) of its own */
  readonly anonymous: number;
  /** megabytes of files, the store's pages among them: the system's to take back whenever it likes */
  readonly files: number;
}

/** What an import came to, and its memory each second; no samples where the system does not tell. */
export interface MeasuredImport extends PeerRun {
  readonly memory: readonly MemorySample[];
}

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Imports a file of blocks into a store, which is made of the genesis where there is none. */
export async function importChain(genesis: string, blocks: string, store: string): Promise<MeasuredImport> {
  if (!existsSync(CLI)) throw new Error('dist is missing; run "npm run build" first');
  const args = [CLI, 'import', blocks, '--genesis', genesis, '--store', store];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const start = performance.now();
  const memory: MemorySample[] = [];
  const sampling = setInterval(() => {
    const sample = sampleOf(child.pid as number, (performance.now() - start) / 1000);
    if (sample !== undefined) memory.push(sample);
  }, 1000);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  clearInterval(sampling);
  const words = /imported ([\d,]+) blocks, ([\d,]+) transactions, ([\d,]+) gas in ([\d.]+) s/.exec(printed);
  if (status !== 0 || words === null) throw new Error(`import failed: ${printed}`);
  const [count, transactions, gas] = words.slice(1, 4).map((word) => BigInt(word.replaceAll(',', '')));
  return {
    name: 'evmill, on disk',
    ...{ blocks: Number(count), transactions: Number(transactions), gas, seconds: Number(words[4]), memory },
  };
}

/** Reads what Linux knows of a process; undefined elsewhere, and where it has ended. */
function sampleOf(pid: number, seconds: number): MemorySample | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const megabytes = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / 1024;
    const anonymous = megabytes('Anonymous');
    return Number.isNaN(anonymous) ? undefined : { seconds, anonymous, files: megabytes('Rss') - anonymous };
  } catch {
    return undefined;
  }
}

const ROWS = 16;

/** The curve in a few rows, and whether it is one that rises: its second quarter beside its last. */
export function memoryText(memory: readonly MemorySample[]): string[] {
  if (memory.length < ROWS) return [];
  const row = ({ seconds, anonymous, files }: MemorySample): string =>
    `${seconds.toFixed(0).padStart(8)} s ${anonymous.toFixed(0).padStart(6)} own ${files.toFixed(0).padStart(6)} files`;
  const rows = Array.from(
    { length: ROWS },
    (_, i) => memory[Math.floor(((i + 1) * memory.length) / ROWS) - 1],
  );
  const quarter = (which: number): string => {
    const part = memory.slice(
      Math.floor((which * memory.length) / 4),
      Math.floor(((which + 1) * memory.length) / 4),
    );
    return (part.reduce((sum, { anonymous }) => sum + anonymous, 0) / part.length).toFixed(0);
  };
  const most = Math.max(...memory.map(({ anonymous }) => anonymous)).toFixed(0);
  return [
    'memory in MB, its own and that of files (the store is mapped):',
    ...rows.map(row),
    `  its own: ${quarter(1)} on average in the second quarter, ${quarter(2)} in the third, ${quarter(3)} in the last, ${most} at most`,
  ];
}
