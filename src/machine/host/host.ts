/** The functions that engines call for what WebAssembly cannot do: everything that touches the world. */

import type { HostName } from '../emitter.ts';
import type { Machine } from '../machine.ts';
import { balance, extCodeCopy, extCodeHash, extCodeSize, selfBalance } from './account.ts';
import { blockHash } from './block.ts';
import { call, callAccess } from './call.ts';
import { create, createAccess } from './create.ts';
import { customFunction } from './custom.ts';
import { log } from './log.ts';
import { returnDataCopy } from './returnData.ts';
import { selfDestruct } from './selfDestruct.ts';
import { sload, sstore, tload, tstore } from './storage.ts';

/**
 * A host function: given a frame whose registers stand at the instruction's start, its pure charges made. It returns
 * 0 to go on, or the status with which the engine leaves. Its order is: charge, need, then effect; once it has had an
 * effect it must not pause.
 */
export type HostFunction = (machine: Machine, frame: number) => number;

/** What engines import. */
export type HostFunctions = Readonly<Record<string, (frame: number) => number | undefined>>;

const FUNCTIONS: Readonly<Record<HostName, HostFunction>> = {
  balance,
  selfBalance,
  extCodeSize,
  extCodeCopy,
  extCodeHash,
  blockHash,
  sload,
  sstore,
  tload,
  tstore,
  log,
  returnDataCopy,
  callAccess,
  call,
  createAccess,
  create,
  selfDestruct,
};

/** The host functions of a machine, those of its custom opcodes among them. */
export function hostFunctions(machine: Machine): HostFunctions {
  const functions: Record<string, (frame: number) => number | undefined> = {
    step: (frame) => {
      machine.step(frame);
      return undefined;
    },
    flush: () => {
      machine.flushRecords();
      return undefined;
    },
  };
  for (const [name, run] of Object.entries(FUNCTIONS)) functions[name] = (frame) => run(machine, frame);
  for (const [name, run] of machine.rules.customFunctions) {
    functions[name] = (frame) => customFunction(machine, frame, run);
  }
  return functions;
}
