/** What a fuzzing run has reached: how often each opcode of each fork came to each outcome. */

import type { LeaveEvent, StepEvent, Tracer } from '../machine/tracer.ts';
import { FORKS, type Fork } from '../protocol/forks.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';

/** What an instruction comes to: `ok`, what became of the frame that it opened, or why it halted its own. */
export const OUTCOMES = [
  'ok',
  'childSuccess',
  'childRevert',
  'childHalt',
  'outOfGas',
  'stackUnderflow',
  'stackOverflow',
  'undefinedOpcode',
  'badJump',
  'returnDataOutOfBounds',
  'staticViolation',
  'initcodeTooLarge',
  'codeTooLarge',
  'reservedCode',
  'other',
] as const;

/** One of them. */
export type Outcome = (typeof OUTCOMES)[number];

const OUTCOME_INDEX = new Map<string, number>(OUTCOMES.map((outcome, index) => [outcome, index]));
const outcomeIndex = (name: string): number => OUTCOME_INDEX.get(name) ?? OUTCOMES.length - 1;
const CHILD_OF = {
  success: outcomeIndex('childSuccess'),
  revert: outcomeIndex('childRevert'),
  halt: outcomeIndex('childHalt'),
};

/** What heads their columns. */
const HEADINGS: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  childSuccess: 'child ok',
  childRevert: 'reverted',
  childHalt: 'halted',
  outOfGas: 'no gas',
  stackUnderflow: 'underflow',
  stackOverflow: 'overflow',
  undefinedOpcode: 'undefined',
  badJump: 'bad jump',
  returnDataOutOfBounds: 'data end',
  staticViolation: 'static',
  initcodeTooLarge: 'initcode',
  codeTooLarge: 'code size',
  reservedCode: '0xEF',
  other: 'other',
};

/** Counts by a key of fork, opcode and outcome: plain data, so that threads can send it. */
export type CoverageCounts = Map<number, number>;

/** One line of what was reached. */
export interface CoverageEntry {
  readonly fork: string;
  /** the opcode's name, or the byte that is none in hex */
  readonly opcode: string;
  readonly outcome: Outcome;
  readonly count: number;
}

const keyOf = (fork: number, op: number, outcome: number): number =>
  (fork * 256 + op) * OUTCOMES.length + outcome;

/** Adds counts to others. Returns whether any of them is the first of its key. */
export function addCoverage(to: CoverageCounts, counts: CoverageCounts): boolean {
  let isNew = false;
  for (const [key, count] of counts) {
    const before = to.get(key);
    if (before === undefined) isNew = true;
    to.set(key, (before ?? 0) + count);
  }
  return isNew;
}

/** Counts as entries, in the order of forks and opcodes. */
export function coverageEntries(counts: CoverageCounts): CoverageEntry[] {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([key, count]) => {
      const at = Math.floor(key / OUTCOMES.length);
      const op = at % 256;
      return {
        fork: FORKS[Math.floor(at / 256)].name,
        opcode: OPCODE_AT[op]?.name ?? (op === 0xfe ? 'INVALID' : `0x${op.toString(16).padStart(2, '0')}`),
        outcome: OUTCOMES[key % OUTCOMES.length],
        count,
      };
    });
}

/** A tracer that counts what the instructions of a run come to. */
export function coverageTracer(fork: Fork, counts: CoverageCounts): Tracer {
  const forkIndex = FORKS.findIndex(({ name }) => name === fork.name);
  // the last opcode of each open frame, by depth: what became of it is known only later
  const last: number[] = [];
  const count = (op: number, outcome: number, by = 1): void => {
    const key = keyOf(forkIndex, op, outcome);
    counts.set(key, (counts.get(key) ?? 0) + by);
  };
  return {
    onStep({ op, depth, error }: StepEvent) {
      last.length = depth;
      last[depth - 1] = error === undefined ? op : -1;
      count(op, error === undefined ? 0 : outcomeIndex(error));
    },
    onLeave({ depth, status, halt }: LeaveEvent) {
      const own = last[depth] ?? -1;
      // an instruction that began and failed was counted as one that went well
      if (halt?.pc !== undefined && own >= 0 && halt.opcode === own) {
        count(own, 0, -1);
        count(own, outcomeIndex(halt.reason));
      }
      last.length = Math.min(last.length, depth);
      const opener = depth === 0 ? -1 : (last[depth - 1] ?? -1);
      if (opener >= 0) count(opener, CHILD_OF[status]);
    },
  };
}

/** A table of opcodes by outcomes over all forks, and how many of a fork's opcodes came up. */
export function coverageTable(counts: CoverageCounts): string {
  const entries = coverageEntries(counts).filter(({ count }) => count > 0);
  const used = OUTCOMES.filter((outcome) => entries.some((entry) => entry.outcome === outcome));
  const rows = new Map<string, Map<Outcome, number>>();
  for (const { opcode, outcome, count } of entries) {
    const row = rows.get(opcode) ?? new Map<Outcome, number>();
    rows.set(opcode, row.set(outcome, (row.get(outcome) ?? 0) + count));
  }
  const order = [...rows].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const row = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(15) + cells.map((cell) => `${cell}`.padStart(10)).join('');
  const head = row(
    'opcode',
    used.map((outcome) => HEADINGS[outcome]),
  );
  const lines = order.map(([opcode, counted]) =>
    row(
      opcode,
      used.map((outcome) => counted.get(outcome) ?? ''),
    ),
  );
  return [head, ...lines, '', ...forkLines(entries)].join('\n');
}

const RANK = new Map(
  OPCODE_AT.flatMap((opcode, op) => (opcode === undefined ? [] : [[opcode.name as string, op] as const])),
);
const rank = (name: string): number => RANK.get(name) ?? 256;

function forkLines(entries: readonly CoverageEntry[]): string[] {
  return FORKS.flatMap(({ name, gas }) => {
    const own = entries.filter(({ fork }) => fork === name);
    if (own.length === 0) return [];
    const all = gas.filter((price) => price !== undefined).length;
    const seen = new Set(
      own.filter(({ outcome, opcode }) => outcome === 'ok' && RANK.has(opcode)).map(({ opcode }) => opcode),
    );
    return [
      `${name.padEnd(18)}${`${seen.size}`.padStart(4)} of ${`${all}`.padStart(3)} opcodes, ${own.length} pairs of opcode and outcome`,
    ];
  });
}
