/** What ends a transition tool, with the exit codes that go-ethereum's `evm t8n` gives. */

/** Exit codes, by what went wrong. */
export const EXIT = {
  /** a plain complaint, without a number of its own */
  other: 1,
  execution: 2,
  configuration: 3,
  missingBlockHash: 4,
  json: 10,
  inputOutput: 11,
  rlp: 12,
} as const;

/** Why a tool cannot go on. */
export type ToolFault = keyof typeof EXIT;

/** A tool that cannot go on: what to tell, and what to exit with. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly fault: ToolFault;

  constructor(fault: ToolFault, message: string) {
    super(message);
    this.fault = fault;
  }

  get exitCode(): number {
    return EXIT[this.fault];
  }

  /** The line that goes to standard error. */
  get line(): string {
    return this.fault === 'other' ? this.message : `ERROR(${this.exitCode}): ${this.message}`;
  }
}

/**
 * Runs a reader of input; its complaints become errors of JSON that say where.
 * @throws {ToolError} `json`
 */
export function readingJson<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError('json', `failed unmarshalling ${what}: ${(error as Error).message}`);
  }
}
