/** The few statistics that a comparison of run times needs. */

/** What a series of run times says. All in the unit of the samples. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
}

/**
 * Minimum and quartiles of a series.
 * @throws {RangeError} when it is empty
 */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('samples: expected at least one, got none');
  const sorted = Float64Array.from(samples).sort();
  return {
    count: sorted.length,
    min: sorted[0],
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  };
}

/** Half the distance of the quartiles as a share of the median: how far a typical run strays. */
export function spread(summary: Summary): number {
  return (summary.upperQuartile - summary.lowerQuartile) / 2 / summary.median;
}

/** The geometric mean of positive numbers; NaN of none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Linear between the two nearest ranks, as most spreadsheets do it. */
function quantile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
}
