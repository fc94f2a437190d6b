/** What the transition tools' commands share. */

import { ToolError } from '../transition/toolError.ts';
import type { Host } from './host.ts';

/** Runs a tool; what ends it is told on standard error, and becomes the exit code. */
export async function runTool(host: Host, run: () => Promise<void> | void): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    host.err(`${error.line}\n`);
    return error.exitCode;
  }
}

/** The text of a flag that go-ethereum lets one write as `--flag`, `--flag=true` and `--flag=false`. */
export function isOn(flag: string | boolean | undefined, absent = false): boolean {
  if (flag === undefined) return absent;
  return typeof flag === 'boolean' ? flag : !/^(false|0|f)$/i.test(flag);
}
