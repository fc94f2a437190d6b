/** Assembler text to tokens, each with its place for messages. */

/** What is wrong with some assembler text, and where. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
  /** from 1 */
  readonly line: number;
  /** from 1 */
  readonly column: number;

  constructor(problem: string, { line, column }: { readonly line: number; readonly column: number }) {
    super(`line ${line}, column ${column}: ${problem}`);
    this.line = line;
    this.column = column;
  }
}

/** A word of assembler text. */
export interface Token {
  readonly text: string;
  /** from 1 */
  readonly line: number;
  /** from 1 */
  readonly column: number;
}

/** The words of assembler text; `;`, `#` and `//` begin a comment that goes to the end of the line. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  text.split(/\r\n|\r|\n/).forEach((content, index) => {
    const code = content.replace(/(;|#|\/\/).*$/, '');
    for (const match of code.matchAll(/[^\s,]+/g)) {
      tokens.push({ text: match[0], line: index + 1, column: match.index + 1 });
    }
  });
  return tokens;
}
