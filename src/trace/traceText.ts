/** Traces as text, in each of the formats that go-ethereum prints. */

import type { Address } from '../bytes.ts';
import type { Tracer } from '../machine/tracer.ts';
import { type Eip3155Options, eip3155Bytes } from './eip3155.ts';
import { markdownText } from './markdownText.ts';
import { structText } from './structText.ts';

/** The formats: EIP-3155 lines, steps for people, a table. */
export const TRACE_FORMATS = ['json', 'struct', 'md'] as const;

/** One of them. */
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** What the text holds. Not every format has all of it. */
export interface TextOptions extends Eip3155Options {
  /** leaves out what is written to storage */
  readonly noStorage?: boolean;
}

/** A tracer that writes. */
export interface LineTracer extends Tracer {
  /** Hands over what is still held back: when the run has ended, or something else is to be written. */
  flush(): void;
}

/** Who takes what tracers write, many lines at a time. */
export interface LineWriter {
  text(lines: string): void;
  /** the same as ASCII; the bytes are good during the call */
  ascii(lines: Uint8Array): void;
}

/**
 * A tracer of a format.
 * @param checksummed writes an address as people read it
 */
export function textTracer(
  format: TraceFormat,
  write: LineWriter,
  options: TextOptions,
  checksummed: (address: Address) => string,
): LineTracer {
  switch (format) {
    case 'json':
      return eip3155Bytes((lines) => write.ascii(lines), options);
    case 'struct':
      return structText((lines) => write.text(lines), options);
    case 'md':
      return markdownText((lines) => write.text(lines), options, checksummed);
  }
}
