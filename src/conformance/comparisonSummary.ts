/** Many comparisons of two rule sets in one view, for people and for programs. */

import { toHex } from '../bytes.ts';
import type { Comparison, ComparisonVerdict, SideOutcome } from './forkComparison.ts';

/** In the order in which they are told. */
const VERDICTS: readonly (readonly [ComparisonVerdict, string])[] = [
  ['same', 'nothing differs'],
  ['gas', 'only the gas differs'],
  ['changed', 'returns, logs or leaves something else'],
  ['breaks', 'succeeded, and does not any more'],
  ['mends', 'failed, and succeeds now'],
];

/** Adds up comparisons as they come. */
export class ComparisonSummary {
  readonly #verdicts = new Map<ComparisonVerdict, number>();
  readonly #causes = new Map<string, { count: number; withMoreGas: number }>();
  /** of those that succeed under both */
  readonly #gas = { before: 0n, after: 0n, regular: 0n, state: 0n };
  #protocolLogs = 0;
  #count = 0;

  add(comparison: Comparison): void {
    const { verdict, before, after, cause, gasNeeded } = comparison;
    this.#count++;
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    this.#protocolLogs += after.protocolLogs;
    if (before.status === 'success' && after.status === 'success') {
      this.#gas.before += before.gasUsed;
      this.#gas.after += after.gasUsed;
      this.#gas.regular += after.regularGasUsed;
      this.#gas.state += after.stateGasUsed;
    }
    if (verdict !== 'breaks') return;
    const key = cause === undefined ? 'its own decision' : causeText(cause);
    const counted = this.#causes.get(key) ?? { count: 0, withMoreGas: 0 };
    counted.count++;
    if (gasNeeded !== undefined) counted.withMoreGas++;
    this.#causes.set(key, counted);
  }

  get breaks(): number {
    return this.#verdicts.get('breaks') ?? 0;
  }

  get count(): number {
    return this.#count;
  }

  #rankedCauses(): [string, { count: number; withMoreGas: number }][] {
    return [...this.#causes].sort(([, a], [, b]) => b.count - a.count);
  }

  /** For people. */
  text(before: string, after: string): string {
    const lines = [`${before} → ${after}: ${grouped(this.#count)} transactions`, ''];
    for (const [verdict, meaning] of VERDICTS) {
      const count = this.#verdicts.get(verdict) ?? 0;
      lines.push(`${grouped(count).padStart(9)}  ${verdict.padEnd(8)}  ${meaning}`);
    }
    if (this.#causes.size > 0) {
      lines.push('', 'what breaks, and why', '', '    cases  with more gas they succeed');
      for (const [cause, { count, withMoreGas }] of this.#rankedCauses()) {
        lines.push(`${grouped(count).padStart(9)}  ${grouped(withMoreGas).padStart(9)}  ${cause}`);
      }
    }
    const { before: was, after: is, regular, state } = this.#gas;
    if (was > 0n) {
      const percent = Number((is * 10_000n) / was) / 100;
      lines.push(
        '',
        `gas of those that succeed in both: ${grouped(was)}, then ${grouped(is)} (${percent} %)`,
      );
      if (state > 0n)
        lines.push(`of it for the block: ${grouped(regular)} regular, ${grouped(state)} for state`);
    }
    if (this.#protocolLogs > 0) lines.push(`logs of the protocol's own: ${grouped(this.#protocolLogs)}`);
    return `${lines.join('\n')}\n`;
  }

  /** For programs. */
  json(): Record<string, unknown> {
    const { before, after, regular, state } = this.#gas;
    return {
      transactions: this.#count,
      verdicts: Object.fromEntries(VERDICTS.map(([verdict]) => [verdict, this.#verdicts.get(verdict) ?? 0])),
      causes: this.#rankedCauses().map(([cause, counted]) => ({ cause, ...counted })),
      gasOfSuccesses: {
        before: quantity(before),
        after: quantity(after),
        regular: quantity(regular),
        state: quantity(state),
      },
      protocolLogs: this.#protocolLogs,
    };
  }
}

/** A comparison in a few lines: the verdict, both gases, the cause, and the first differences. */
export function comparisonText({
  name,
  verdict,
  before,
  after,
  differences,
  cause,
  gasNeeded,
}: Comparison): string {
  const lines = [`${verdict.padEnd(8)}${name}`, `  ${sideText(before)} → ${sideText(after)}`];
  if (cause !== undefined) {
    const { address, pc } = cause;
    const place = address === undefined ? '' : `, in ${address}${pc === undefined ? '' : ` at pc ${pc}`}`;
    lines.push(`  because of ${causeText(cause)}${place}`);
  }
  if (gasNeeded !== undefined) lines.push(`  it would succeed with ${grouped(gasNeeded)} gas`);
  for (const line of differences.slice(0, MOST_DIFFERENCES)) lines.push(`  ${line}`);
  const rest = differences.length - MOST_DIFFERENCES;
  if (rest > 0) lines.push(`  and ${rest} more differences`);
  return `${lines.join('\n')}\n`;
}

const MOST_DIFFERENCES = 5;

/** A comparison as data. */
export function comparisonJson(comparison: Comparison): Record<string, unknown> {
  const { name, verdict, before, after, differences, cause, gasNeeded } = comparison;
  return {
    name,
    verdict,
    before: sideJson(before),
    after: sideJson(after),
    differences,
    ...(cause === undefined ? {} : { cause }),
    ...(gasNeeded === undefined ? {} : { gasNeeded: quantity(gasNeeded) }),
  };
}

function sideText({ status, fault, gasUsed, regularGasUsed, stateGasUsed }: SideOutcome): string {
  if (fault !== undefined) return `invalid (${fault})`;
  const parts =
    stateGasUsed === 0n ? '' : ` (${grouped(regularGasUsed)} regular, ${grouped(stateGasUsed)} state)`;
  return `${status}, ${grouped(gasUsed)} gas${parts}`;
}

function sideJson(side: SideOutcome): Record<string, unknown> {
  const { status, fault, gasUsed, regularGasUsed, stateGasUsed, output, logs, protocolLogs } = side;
  return {
    status,
    ...(fault === undefined ? {} : { fault }),
    gasUsed: quantity(gasUsed),
    regularGasUsed: quantity(regularGasUsed),
    stateGasUsed: quantity(stateGasUsed),
    output: toHex(output),
    logs: logs.length,
    protocolLogs,
  };
}

function causeText({ reason, opcode }: NonNullable<Comparison['cause']>): string {
  return opcode === undefined ? reason : `${reason} at ${opcode}`;
}

function grouped(value: bigint | number): string {
  return value.toString().replace(/\B(?=([0-9]{3})+$)/g, ',');
}

const quantity = (value: bigint): string => `0x${value.toString(16)}`;
