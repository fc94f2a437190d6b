/** The flags by which a trace is asked for; apart from what makes one, which a run without any never loads. */

import { Option } from 'commander';

/** The flags, parsed. */
export interface TraceFlags {
  readonly trace?: string | boolean;
  readonly 'trace.format'?: string;
  readonly 'trace.memory'?: string | boolean;
  readonly 'trace.nomemory'?: string | boolean;
  readonly 'trace.nostack'?: string | boolean;
  readonly 'trace.nostorage'?: string | boolean;
  readonly 'trace.returndata'?: string | boolean;
  readonly 'trace.noreturndata'?: string | boolean;
}

/** How a trace is written. */
export function traceFormat(): Option {
  return new Option(
    '--trace.format <format>',
    'lines of JSON (EIP-3155), steps for people, or a table',
  ).choices(['json', 'struct', 'md', 'markdown']);
}
