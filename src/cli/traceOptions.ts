/** The flags by which traces are asked for, as go-ethereum has them. */

import { type Command, Option } from 'commander';
import { checksummed } from '../chain/checksum.ts';
import { type LineTracer, type TraceFormat, textTracer } from '../trace/traceText.ts';
import type { Host } from './host.ts';
import { isOn } from './toolRun.ts';
import { type TraceFlags, traceFormat } from './traceFlags.ts';

/** Declares how traces look. */
export function addTraceLooks(command: Command): Command {
  return command
    .addOption(traceFormat())
    .option('--trace.memory [on]', 'with the memory at each step')
    .addOption(new Option('--trace.nomemory [on]').hideHelp())
    .option('--trace.nostack [on]', 'without the stack')
    .option('--trace.nostorage [on]', 'without what is written to storage')
    .option('--trace.returndata [on]', 'with what the last call returned')
    .addOption(new Option('--trace.noreturndata [on]').hideHelp());
}

/** Makes a tracer as the flags say. */
export function flaggedTracer(flags: TraceFlags, host: Pick<Host, 'err' | 'errAscii'>): LineTracer {
  const looks = {
    memory: isOn(flags['trace.memory']) || !isOn(flags['trace.nomemory'], true),
    noStack: isOn(flags['trace.nostack']),
    noStorage: isOn(flags['trace.nostorage']),
    returnData: isOn(flags['trace.returndata']) || !isOn(flags['trace.noreturndata'], true),
  };
  const named: string = flags['trace.format'] ?? 'json';
  const format = named === 'markdown' ? 'md' : (named as TraceFormat);
  const write = { text: host.err, ascii: host.errAscii };
  return textTracer(format, write, looks, checksummed);
}
