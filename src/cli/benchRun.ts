/** `evmill run --bench`: the same run again and again, hot. */

import { summarise } from '../bench/statistics.ts';
import type { CallResult } from '../machine/result.ts';
import { grouped } from './runReport.ts';

/** Milliseconds to measure for, once warm, and the fewest runs. */
const MEASURED = 2000;
const FEWEST = 5;
const WARM = 500;

/** What repeated runs took. */
export interface BenchResult {
  readonly runs: number;
  /** milliseconds */
  readonly min: number;
  readonly median: number;
  readonly gasUsed: bigint;
  /** bytes of JavaScript heap that a run leaves behind, garbage included; 0 where a collection came between */
  readonly heapPerRun: number;
}

/** Runs until enough has been measured. What is run must do the same every time. */
export function benchRun(run: () => CallResult): BenchResult {
  let gasUsed = run().gasUsed;
  for (const end = performance.now() + WARM; performance.now() < end; ) gasUsed = run().gasUsed;
  const times: number[] = [];
  const growths: number[] = [];
  for (const end = performance.now() + MEASURED; times.length < FEWEST || performance.now() < end; ) {
    const before = process.memoryUsage().heapUsed;
    const start = performance.now();
    run();
    times.push(performance.now() - start);
    growths.push(process.memoryUsage().heapUsed - before);
  }
  const { min, median } = summarise(times);
  return { runs: times.length, min, median, gasUsed, heapPerRun: Math.max(0, summarise(growths).median) };
}

/** The same for people. */
export function benchText({ runs, min, median, gasUsed, heapPerRun }: BenchResult): string {
  const perSecond = BigInt(Math.round((Number(gasUsed) / median) * 1000));
  return [
    `runs      ${grouped(BigInt(runs))}`,
    `time      min ${milliseconds(min)}, median ${milliseconds(median)}`,
    `speed     ${grouped(perSecond)} gas/s at the median`,
    `heap      ${grouped(BigInt(Math.round(heapPerRun)))} bytes a run`,
    '',
  ].join('\n');
}

function milliseconds(time: number): string {
  return time >= 1 ? `${time.toFixed(2)} ms` : `${(time * 1000).toFixed(1)} µs`;
}
