/** Points of short Weierstrass curves y² = x³ + b by their coordinates, as the precompiles exchange them. */

import type { IField } from '@noble/curves/abstract/modular.js';

/** A point; undefined in its place is the point at infinity. */
export interface AffinePoint<Coordinate> {
  readonly x: Coordinate;
  readonly y: Coordinate;
}

/** What decoding gives for bytes that are no point of the group. */
export const INVALID = Symbol('invalid point');

/** What decoding gives: a point, undefined for infinity, or `INVALID`. */
export type Decoded<Coordinate> = AffinePoint<Coordinate> | undefined | typeof INVALID;

/** Whether the coordinates satisfy y² = x³ + b. */
export function isOnCurve<T>(field: IField<T>, b: T, { x, y }: AffinePoint<T>): boolean {
  return field.eql(field.sqr(y), field.add(field.mul(field.sqr(x), x), b));
}

/**
 * The sum of two points anywhere on the curve, also outside the subgroup. A single sum is cheapest by the chord
 * and tangent rule: one inversion, which bringing a projective sum back to coordinates would cost as well.
 */
export function addPoints<T>(
  field: IField<T>,
  p: AffinePoint<T> | undefined,
  q: AffinePoint<T> | undefined,
): AffinePoint<T> | undefined {
  if (p === undefined) return q;
  if (q === undefined) return p;
  let slope: T;
  if (!field.eql(p.x, q.x)) {
    slope = field.mul(field.sub(q.y, p.y), field.inv(field.sub(q.x, p.x)));
  } else {
    if (!field.eql(p.y, q.y) || field.is0(p.y)) return undefined;
    const square = field.sqr(p.x);
    const numerator = field.add(field.add(square, square), square);
    slope = field.mul(numerator, field.inv(field.add(p.y, p.y)));
  }
  const x = field.sub(field.sub(field.sqr(slope), p.x), q.x);
  return { x, y: field.sub(field.mul(slope, field.sub(p.x, x)), p.y) };
}
