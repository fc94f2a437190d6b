/** Traces as text, in each of the formats that go-ethereum prints. */

import type { Address } from '../bytes.ts';
import type { Tracer } from '../machine/tracer.ts';
import { type Eip3155Options, eip3155Tracer } from './eip3155.ts';
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

/**
 * A tracer of a format.
 * @param write takes text, many lines at a time
 * @param checksummed writes an address as people read it
 */
export function textTracer(
  format: TraceFormat,
  write: (text: string) => void,
  options: TextOptions,
  checksummed: (address: Address) => string,
): LineTracer {
  switch (format) {
    case 'json':
      return eip3155Tracer(write, options);
    case 'struct':
      return structText(write, options);
    case 'md':
      return markdownText(write, options, checksummed);
  }
}
