#!/usr/bin/env node
import { runCli } from './commands.ts';
import { processHost } from './host.ts';

// no process.exit: what is still being written to a pipe would be cut off
// a tool that looks for go-ethereum's evm finds one under that name
const asEvm = /(^|[\\/])evm(\.exe)?$/.test(process.argv[1] ?? '');
const args = process.argv.slice(2);
process.exitCode = await runCli(asEvm ? ['evm', ...args] : args, processHost());
