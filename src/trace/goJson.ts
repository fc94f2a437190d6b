/** JSON letter by letter as Go's encoder writes it. */

/** What Go escapes besides, lest a browser take it for something else. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** A value as JSON in one line, or indented. */
export function goJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(ESCAPED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
