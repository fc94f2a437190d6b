/** How every command writes and ends. */

import type { Command } from 'commander';
import type { Host } from './host.ts';

/**
 * Prepares a command: it writes to the host, never ends the process, and tells complaints as sentences.
 * @param tell takes a complaint
 */
export function prepared(command: Command, host: Host, tell: (sentence: string) => void): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'print help')
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => host.out(text),
      writeErr: (text) => host.err(text),
      outputError: (text) =>
        tell(
          text
            .trim()
            .replace(/^error: /, '')
            .replaceAll('\n', ' '),
        ),
    });
}
