#!/usr/bin/env node
import { runCli } from './commands.ts';
import { processHost } from './host.ts';

// no process.exit: what is still being written to a pipe would be cut off
process.exitCode = await runCli(process.argv.slice(2), processHost());
