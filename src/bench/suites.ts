/** What is measured together: programs in, a table and figures out. */

import { type ColdFigure, measureCold } from './cold.ts';
import { CURVES, type MeasuredCurve, measurePoint, type Point } from './growth.ts';
import { type PairedLoop, rateOf } from './loop.ts';
import { type Comparison, compareAll, type Plan } from './measure.ts';
import { opcodeLoops } from './opcodeLoops.ts';
import type { Peer } from './peer.ts';
import type { Panel } from './plot.ts';
import { precompileLoops } from './precompileLoops.ts';
import type { Program } from './program.ts';
import { coldTable, growthTable, means, type Rate, rateTable, ratio, table } from './report.ts';

/** How suites measure. */
export interface SuiteContext {
  /** the first is what the others are held against, and what rates are told of */
  readonly peers: readonly Peer[];
  readonly plan: Plan;
  /** programs to measure, by their names */
  readonly match: RegExp;
  /** told before each program */
  readonly onNext: (name: string) => void;
}

/** What a suite found. */
export interface Section {
  readonly name: string;
  /** for people, with a heading */
  readonly text: string;
  readonly json: unknown;
  /** for the picture */
  readonly panels: readonly Panel[];
  /** where peers disagreed */
  readonly failures: readonly string[];
}

/** Peers side by side on programs. */
export async function compareSuite(
  name: string,
  programs: readonly Program[],
  { peers, plan, match, onNext }: SuiteContext,
): Promise<Section> {
  const matching = programs.filter((program) => match.test(program.name));
  const { comparisons, failures } = await compareAll(matching, peers, plan, onNext);
  return {
    name,
    text: `${name}, in milliseconds\n\n${table(comparisons)}`,
    json: { means: means(comparisons), programs: comparisons.map(withRatios) },
    panels: [ratioPanel(name, comparisons)],
    failures,
  };
}

/** How many times longer than the first peer the others take. */
function ratioPanel(name: string, comparisons: readonly Comparison[]): Panel {
  const first = comparisons[0]?.figures[0].peer ?? '';
  return {
    kind: 'dots',
    title: `${name}: time of others over ${first}'s`,
    unit: `times ${first}'s; right of the line ${first} is faster`,
    reference: 1,
    rows: comparisons.map(({ program, figures }) => ({
      label: program,
      marks: figures.slice(1).flatMap((figure) => {
        const found = ratio(figures[0], figure);
        return found === undefined ? [] : [{ series: figure.peer, value: found.min }];
      }),
    })),
  };
}

const withRatios = (comparison: Comparison): unknown => ({
  ...comparison,
  ratios: comparison.figures.slice(1).map((figure) => ({
    peer: figure.peer,
    ...ratio(comparison.figures[0], figure),
  })),
});

/** Every opcode in a hot loop. */
export async function opcodeSuite(context: SuiteContext): Promise<Section> {
  return rateSuite('opcodes', opcodeLoops(context.match), context);
}

/** Every precompile, called in a hot loop. */
export async function precompileSuite(context: SuiteContext): Promise<Section> {
  return rateSuite('precompiles', precompileLoops(context.match), context);
}

/** Loops, the slowest for its gas first. One is long enough for a tenth of the time that programs take. */
async function rateSuite(
  name: string,
  loops: readonly PairedLoop[],
  { peers, plan, onNext }: SuiteContext,
): Promise<Section> {
  const short = { ...plan, seconds: plan.seconds / 10 };
  const programs = loops.map(({ program }) => program);
  const whole = await compareAll(programs, peers, short, onNext);
  const baselines = [...new Set(loops.map(({ baseline }) => baseline.program))];
  const empty = await compareAll(baselines, peers.slice(0, 1), short, onNext);
  const byName = new Map([...whole.comparisons, ...empty.comparisons].map((found) => [found.program, found]));
  const rates = loops.flatMap((loop): Rate[] => {
    const found = byName.get(loop.program.name);
    const baseline = byName.get(loop.baseline.program.name);
    return found === undefined || baseline === undefined ? [] : [rateOf(loop, found, baseline)];
  });
  return {
    name,
    text: `${name} in loops, the slowest first: ${peers[0].name}\n\n${rateTable(rates)}`,
    json: { rates, programs: whole.comparisons.map(withRatios) },
    panels: [ratePanel(name, peers[0].name, rates)],
    failures: [...whole.failures, ...empty.failures],
  };
}

/** First runs in fresh processes, with the compiler and without. */
export async function coldSuite(
  programs: readonly Program[],
  { plan, match, onNext }: SuiteContext,
): Promise<Section> {
  const figures = programs
    .filter(({ name }) => match.test(name))
    .map((program) => {
      onNext(`cold ${program.name}`);
      return measureCold(program, plan.rounds);
    });
  return {
    name: 'cold',
    text: `first runs, each in a process of its own, in milliseconds\n\n${coldTable(figures)}`,
    json: { figures },
    panels: [coldPanel(figures)],
    failures: [],
  };
}

/** How time grows, on the first peer: others would take minutes for what is here. */
export async function growthSuite({ peers, plan, match, onNext }: SuiteContext): Promise<Section> {
  const curves: MeasuredCurve[] = [];
  for (const curve of CURVES.filter(({ name }) => match.test(`growth/${name}`))) {
    const points: MeasuredCurve['points'][number][] = [];
    for (const size of curve.sizes) {
      onNext(`growth of ${curve.name}, ${size} ${curve.unit}`);
      const found = new Map<string, Point>();
      for (const peer of peers.slice(0, 1)) {
        found.set(peer.name, await measurePoint(curve, size, peer, { ...plan, seconds: plan.seconds / 10 }));
      }
      points.push({ size, found });
    }
    curves.push({ name: curve.name, unit: curve.unit, points });
  }
  return {
    name: 'growth',
    text: `how time grows\n\n${growthTable(curves)}`,
    json: {
      curves: curves.map(({ name, unit, points }) => ({
        name,
        unit,
        points: points.map(({ size, found }) => ({ size, peers: Object.fromEntries(found) })),
      })),
    },
    panels: curves.map(growthPanel),
    failures: [],
  };
}

/** The slowest of what was measured, and 100 million gas a second. */
function ratePanel(name: string, peer: string, rates: readonly Rate[]): Panel {
  const told = rates.filter(({ rate }) => rate !== undefined).sort((a, b) => a.rate! - b.rate!);
  return {
    kind: 'dots',
    title: `${name}: the ${Math.min(SLOWEST, told.length)} slowest of ${rates.length}`,
    unit: 'million gas a second; the line is 100',
    reference: 100,
    rows: told.slice(0, SLOWEST).map((rate) => ({
      label: rate.name.slice(rate.name.indexOf('/') + 1),
      marks: [{ series: peer, value: Math.max(rate.rate!, 0.1) }],
    })),
  };
}

const SLOWEST = 40;

function coldPanel(figures: readonly ColdFigure[]): Panel {
  return {
    kind: 'dots',
    title: 'cold: first runs with the compiler over those with the interpreter alone',
    unit: 'times the interpreter; left of the line the compiler pays in the first run',
    reference: 1,
    rows: figures.map(({ program, auto, interpreter }) => ({
      label: program,
      marks: [
        { series: 'of medians', value: auto.median / interpreter.median },
        { series: 'of minimums', value: auto.min / interpreter.min },
      ],
    })),
  };
}

/** Hot runs as lines; first runs of the first peer dashed. */
function growthPanel({ name, unit, points }: MeasuredCurve): Panel {
  const peers = [...points[0].found.keys()];
  const lineOf = (series: string, isDashed: boolean, time: (point: Point) => number, peer: string) => ({
    series,
    isDashed,
    points: points.map(({ size, found }) => [size, time(found.get(peer)!)] as const),
  });
  return {
    kind: 'lines',
    title: name,
    xUnit: unit,
    yUnit: 'ms',
    lines: [
      lineOf(`${peers[0]}, first run`, true, ({ first }) => first.min, peers[0]),
      ...peers.map((peer) => lineOf(peer, false, ({ hot }) => hot.min, peer)),
    ],
  };
}
