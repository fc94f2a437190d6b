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
 * What engines import: functions of a frame whose registers stand at the instruction's start, its pure charges made. They
 * return 0 to go on, or the status with which the engine leaves. Their order is: charge, need, then effect; once one has
 * had an effect it must not pause.
 */
export type HostFunctions = Readonly<Record<string, (frame: number) => number | undefined>>;

/** The host functions of a machine, those of its custom opcodes among them. */
export function hostFunctions(machine: Machine): HostFunctions {
  // Each written out: one arrow for all of them would be called in seventeen ways, and so never be inlined.
  const official: Record<HostName, (frame: number) => number> = {
    balance: (frame) => balance(machine, frame),
    selfBalance: (frame) => selfBalance(machine, frame),
    extCodeSize: (frame) => extCodeSize(machine, frame),
    extCodeCopy: (frame) => extCodeCopy(machine, frame),
    extCodeHash: (frame) => extCodeHash(machine, frame),
    blockHash: (frame) => blockHash(machine, frame),
    sload: (frame) => sload(machine, frame),
    sstore: (frame) => sstore(machine, frame),
    tload: (frame) => tload(machine, frame),
    tstore: (frame) => tstore(machine, frame),
    log: (frame) => log(machine, frame),
    returnDataCopy: (frame) => returnDataCopy(machine, frame),
    callAccess: (frame) => callAccess(machine, frame),
    call: (frame) => call(machine, frame),
    createAccess: (frame) => createAccess(machine, frame),
    create: (frame) => create(machine, frame),
    selfDestruct: (frame) => selfDestruct(machine, frame),
  };
  const functions: Record<string, (frame: number) => number | undefined> = {
    ...official,
    step: (frame) => {
      machine.step(frame);
      return undefined;
    },
    flush: () => {
      machine.flushRecords();
      return undefined;
    },
  };
  for (const [name, run] of machine.rules.customFunctions) {
    functions[name] = (frame) => customFunction(machine, frame, run);
  }
  return functions;
}
