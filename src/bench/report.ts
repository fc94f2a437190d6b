/** Comparisons as a table to read. */

import type { ColdFigure } from './cold.ts';
import { exponentBetween, type MeasuredCurve } from './growth.ts';
import type { Comparison, Figure } from './measure.ts';
import { geometricMean, summarise } from './statistics.ts';

/** How many times longer one peer takes than another, over one program. */
export interface Ratio {
  readonly min: number;
  readonly median: number;
  /** from the quartiles that favour the one to those that favour the other */
  readonly low: number;
  readonly high: number;
}

/**
 * The time of `other` over the time of `one`; undefined where either is too short to be told from its detour.
 */
export function ratio(one: Figure, other: Figure): Ratio | undefined {
  if (!one.resolved || !other.resolved) return undefined;
  return {
    min: other.min / one.min,
    median: other.median / one.median,
    low: (other.median * Math.max(0, 1 - other.spread)) / (one.median * (1 + one.spread)),
    high: (other.median * (1 + other.spread)) / (one.median * Math.max(0, 1 - one.spread)),
  };
}

/** The geometric means of a peer's ratios to the first peer, over all programs that resolve and by group. */
export interface Means {
  readonly peer: string;
  readonly programs: number;
  readonly min: number;
  readonly median: number;
}

/** Geometric means of every later peer's ratios to the first one's. */
export function means(comparisons: readonly Comparison[]): Means[] {
  const others = comparisons[0]?.figures.slice(1) ?? [];
  return others.map(({ peer }, index) => {
    const ratios = comparisons
      .map(({ figures }) => ratio(figures[0], figures[index + 1]))
      .filter((found) => found !== undefined);
    return {
      peer,
      programs: ratios.length,
      min: geometricMean(ratios.map((found) => found.min)),
      median: geometricMean(ratios.map((found) => found.median)),
    };
  });
}

/** The whole table: a row per program, then the geometric means. */
export function table(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return 'no programs\n';
  const [first, ...others] = comparisons[0].figures.map(({ peer }) => peer);
  const head = ['program', 'gas'];
  for (const peer of [first, ...others]) head.push(`${peer} min`, 'median', '±');
  for (const peer of others) head.push(`${peer}/${first}`, 'of medians');
  const rows = comparisons.map(({ program, executionGas, figures }) => {
    const row = [program, executionGas.toLocaleString('en')];
    for (const { min, median, spread, resolved } of figures) {
      if (resolved) row.push(milliseconds(min), milliseconds(median), `${(spread * 100).toFixed(0)}%`);
      else row.push('too short', '', '');
    }
    for (const figure of figures.slice(1)) {
      const found = ratio(figures[0], figure);
      row.push(found === undefined ? '' : times(found.min));
      row.push(
        found === undefined ? '' : `${times(found.median)} (${times(found.low)} to ${times(found.high)})`,
      );
    }
    return row;
  });
  const footer = means(comparisons)
    .filter(({ programs }) => programs > 0)
    .map(
      ({ peer, programs, min, median }) =>
        `geometric mean ${peer}/${first} over ${programs} programs: ${times(min)} of minimums, ` +
        `${times(median)} of medians\n`,
    );
  return `${align([head, ...rows])}\n${footer.join('')}`;
}

/** How fast something is that costs gas. */
export interface Rate {
  readonly name: string;
  /** of one use */
  readonly gas: number;
  readonly nanoseconds: number;
  /** million gas a second; undefined where the loop around it takes so much more that it cannot be told */
  readonly rate: number | undefined;
  /** the same with the loop around it */
  readonly loopRate: number;
}

/** Rates from the slowest on; those that cannot be told come last. */
export function rateTable(rates: readonly Rate[]): string {
  const order = (rate: Rate): number => rate.rate ?? Number.POSITIVE_INFINITY;
  const rows = [...rates]
    .sort((a, b) => order(a) - order(b))
    .map(({ name, gas, nanoseconds, rate, loopRate }) => [
      name,
      gas.toLocaleString('en', { maximumFractionDigits: 1 }),
      rate === undefined ? '' : nanoseconds.toLocaleString('en', { maximumSignificantDigits: 3 }),
      rate === undefined ? 'hidden' : rate.toFixed(0),
      loopRate.toFixed(0),
    ]);
  return `${align([['', 'gas', 'ns', 'Mgas/s', 'with the loop'], ...rows])}\n`;
}

/** First runs, the one that the compiler delays most first; then what comes before any run. */
export function coldTable(figures: readonly ColdFigure[]): string {
  if (figures.length === 0) return 'no programs\n';
  const shares = figures
    .map((figure) => ({ ...figure, share: figure.auto.min / figure.interpreter.min }))
    .sort((a, b) => b.share - a.share);
  const rows = shares.map(({ program, auto, interpreter, share }) => [
    program,
    ...[auto.min, auto.median, interpreter.min, interpreter.median].map(milliseconds),
    times(share),
    times(auto.median / interpreter.median),
  ]);
  const head = ['', 'auto min', 'median', 'interpreter min', 'median', 'auto/interpreter', 'of medians'];
  const of = (part: 'load' | 'start'): string =>
    `${milliseconds(Math.min(...figures.map((figure) => figure[part].min)))} at least, ` +
    `${milliseconds(summarise(figures.map((figure) => figure[part].median)).median)} usually`;
  return `${align([head, ...rows])}\nstarting the engine: ${of('start')}; loading the library: ${of('load')}\n`;
}

/** A block of rows for each curve: times, and the power of the size that they grow with since the row above. */
export function growthTable(curves: readonly MeasuredCurve[]): string {
  const blocks = curves.map(({ name, unit, points }) => {
    const peers = [...points[0].found.keys()];
    const head = [`${name}, ${unit}`, 'gas'];
    for (const peer of peers) head.push(`${peer} first`, 'hot', 'grows by');
    head.push('memory MiB');
    const rows = points.map(({ size, found }, index) => {
      const row = [size.toLocaleString('en'), found.get(peers[0])!.gas.toLocaleString('en')];
      for (const peer of peers) {
        const { first, hot } = found.get(peer)!;
        const above = points[index - 1];
        const exponent =
          above && exponentBetween([above.size, above.found.get(peer)!.hot.min], [size, hot.min]).toFixed(2);
        row.push(
          milliseconds(first.min),
          milliseconds(hot.min),
          exponent === undefined ? '' : `^${exponent}`,
        );
      }
      row.push((found.get(peers[0])!.memory / 2 ** 20).toFixed(0));
      return row;
    });
    return align([head, ...rows]);
  });
  return `${blocks.join('\n\n')}\n`;
}

/** Three significant digits, as a time in milliseconds has them. */
function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toPrecision(3) : value.toFixed(4);
}

function times(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Rows of as many cells each, the first column to the left, all others to the right. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
