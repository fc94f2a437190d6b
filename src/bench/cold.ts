/** First runs: every sample is a process of its own, where nothing is compiled, cached or warm. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { Tier } from '../machine/tier.ts';
import type { ColdRun } from './coldProcess.ts';
import type { Program } from './program.ts';
import { type Summary, summarise } from './statistics.ts';

/** As built: it must not be compiled in the process that is timed. */
const PROCESS = fileURLToPath(new URL('../../dist/bench/coldProcess.js', import.meta.url));

/** First runs of a program with both tiers and with the interpreter alone, in milliseconds. */
export interface ColdFigure {
  readonly program: string;
  readonly auto: Summary;
  readonly interpreter: Summary;
  readonly load: Summary;
  readonly start: Summary;
}

/**
 * Runs a program in fresh processes, both ways in turn.
 * @throws {Error} where the tiers do not do the same, or a process fails
 */
export function measureCold(program: Program, samples: number): ColdFigure {
  const auto: ColdRun[] = [];
  const interpreter: ColdRun[] = [];
  for (let sample = 0; sample < samples; sample++) {
    // in turn, so that neither always follows the other
    const both = [
      () => auto.push(runCold(program, 'auto')),
      () => interpreter.push(runCold(program, 'interpreter')),
    ];
    for (const run of sample % 2 === 0 ? both : both.toReversed()) run();
  }
  const all = [...auto, ...interpreter];
  if (all.some(({ gasUsed, output }) => gasUsed !== all[0].gasUsed || output !== all[0].output)) {
    throw new Error(`${program.name}: the tiers do not do the same`);
  }
  return {
    program: program.name,
    auto: summarise(auto.map(({ first }) => first)),
    interpreter: summarise(interpreter.map(({ first }) => first)),
    load: summarise(all.map(({ load }) => load)),
    start: summarise(all.map(({ start }) => start)),
  };
}

function runCold(program: Program, tier: Tier): ColdRun {
  const { status, stdout } = spawnSync(process.execPath, [PROCESS], {
    input: serialize({ tier, program: sendable(program) }),
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program.name}: a fresh process ended with ${status}`);
  return JSON.parse(stdout) as ColdRun;
}

/** A program with storages that another process can read. */
function sendable(program: Program): Program {
  const accounts = [...program.accounts].map(
    ([address, account]) => [address, { ...account, storage: new Map(account.storage) }] as const,
  );
  return { ...program, accounts: new Map(accounts) };
}
