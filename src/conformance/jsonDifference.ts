/** JSON values held against each other: the order of an object's keys does not count. */

/** Where two values differ first. */
export interface JsonDifference {
  /** as JavaScript would reach it: `result.calls[2].gas` */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Where two JSON values differ first; undefined where they are equal. */
export function firstDifference(
  expected: unknown,
  actual: unknown,
  path = 'result',
): JsonDifference | undefined {
  if (!isContainer(expected) || !isContainer(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return expected === actual ? undefined : { path, expected, actual };
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  for (const key of keys) {
    const where = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`;
    const found = firstDifference(own(expected, key), own(actual, key), where);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value as a line of JSON, cut short. */
export function jsonLine(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}

type Container = Readonly<Record<string, unknown>>;

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function own(value: Container, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
