/**
 * Cryptography: every precompile's own implementation, noble's, and those of packages, all on the same inputs. A
 * contender takes a precompile's input and has to give its output.
 */

import { performance } from 'node:perf_hooks';
import { precompileInputs } from '../src/bench/precompileInputs.ts';
import { align } from '../src/bench/report.ts';
import { type Summary, summarise } from '../src/bench/statistics.ts';
import type { Section, SuiteContext } from '../src/bench/suites.ts';
import { toHex } from '../src/bytes.ts';
import type { Precompile } from '../src/precompiles/precompile.ts';
import { forkNamed, type PrecompileName } from '../src/protocol/forks.ts';
import { openNoble } from './crypto/noble.ts';
import { OPENERS } from './crypto/packages.ts';

/** An implementation of some precompiles. */
export type Contender = Partial<Record<PrecompileName, (input: Uint8Array) => Uint8Array>>;

const BURST_MS = 20;

interface Lane {
  readonly name: string;
  readonly run: (input: Uint8Array) => Uint8Array | undefined;
  /** microseconds, one for each burst */
  readonly times: number[];
}

interface Row {
  readonly name: string;
  readonly figures: readonly { readonly name: string; readonly times: Summary }[];
}

/** Measures all contenders in turn on every input that a match lets pass. */
export async function cryptoSuite({ plan, match, onNext }: SuiteContext): Promise<Section> {
  const { PRECOMPILES } = (await import(
    new URL('../dist/precompiles/registry.js', import.meta.url).href
  )) as typeof import('../src/precompiles/registry.ts');
  const contenders = new Map<string, Contender>([['noble', openNoble()]]);
  const absent: string[] = [];
  for (const [name, open] of Object.entries(OPENERS)) {
    try {
      contenders.set(name, await open());
    } catch (error) {
      absent.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const name of forkNamed('Osaka').precompiles.values()) {
    for (const { label, input } of precompileInputs(name)) {
      const title = `crypto/${name} ${label}`;
      if (!match.test(title)) continue;
      onNext(title);
      const lanes = lanesOf(name, PRECOMPILES[name], contenders, input);
      const wrong = lanes.filter(({ run }) => hexOf(run(input)) !== hexOf(lanes[0].run(input)));
      failures.push(...wrong.map((lane) => `${title}: ${lane.name} answers otherwise`));
      measure(lanes, input, plan.seconds * 100, plan.rounds);
      const figures = lanes.map(({ name, times }) => ({ name, times: summarise(times) }));
      rows.push({ name: title, figures });
    }
  }
  const notes = absent.map((why) => `absent: ${why}\n`).join('');
  return {
    name: 'crypto',
    text: `cryptography, in microseconds; times evmill's\n\n${table(rows)}${notes}`,
    json: { rows, absent },
    panels: [
      {
        kind: 'dots',
        title: "cryptography: time of others over evmill's",
        unit: "times evmill's; right of the line evmill is faster",
        reference: 1,
        rows: rows
          .filter(({ figures }) => figures.length > 1)
          .map(({ name, figures: [own, ...others] }) => ({
            label: name.slice('crypto/'.length),
            marks: others.map((other) => ({ series: other.name, value: other.times.min / own.times.min })),
          })),
      },
    ],
    failures,
  };
}

function lanesOf(
  name: PrecompileName,
  own: Precompile,
  contenders: ReadonlyMap<string, Contender>,
  input: Uint8Array,
): Lane[] {
  const lanes: Lane[] = [{ name: 'evmill', run: (given) => own.run(given), times: [] }];
  for (const [contender, functions] of contenders) {
    const run = functions[name];
    if (run === undefined) continue;
    try {
      run(input);
    } catch {
      // some refuse with an exception what has no answer: that says nothing about speed
      continue;
    }
    lanes.push({ name: contender, run, times: [] });
  }
  return lanes;
}

const hexOf = (output: Uint8Array | undefined): string => (output === undefined ? 'failure' : toHex(output));

function measure(lanes: readonly Lane[], input: Uint8Array, ms: number, rounds: number): void {
  const end = performance.now() + ms * lanes.length;
  for (let round = -1; round < rounds || performance.now() < end; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const start = performance.now();
      let count = 0;
      let now = start;
      do {
        lane.run(input);
        count++;
        now = performance.now();
      } while (now - start < BURST_MS);
      // the first burst warms up
      if (round >= 0) lane.times.push(((now - start) / count) * 1000);
    }
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, figures }) => {
    const [own, ...others] = figures;
    const told = others.map(
      (other) => `${other.name} ${micro(other.times.min)} (${(other.times.min / own.times.min).toFixed(2)})`,
    );
    return [name, micro(own.times.min), ...told];
  });
  const width = Math.max(...lines.map(({ length }) => length));
  const padded = lines.map((line) => [...line, ...new Array<string>(width - line.length).fill('')]);
  return `${align([['', 'evmill', ...new Array<string>(width - 2).fill('')], ...padded])}\n`;
}

const micro = (time: number): string => time.toLocaleString('en', { maximumSignificantDigits: 3 });
