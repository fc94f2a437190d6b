/** Making resident what a run asked for. */

import { writeWord } from '../state/slots.ts';
import type { State } from '../state/state.ts';
import type { Fact, Need } from '../task.ts';
import type { Machine } from './machine.ts';

/** Where the key of a slot is taken apart. */
const slotKey = new Uint32Array(8);

/** Makes the answer to a need of a machine resident. */
export function admit(m: Machine, need: Need, fact: Fact): void {
  if (need.kind === 'blockHash') m.blockHashes.set(need.number, fact as bigint);
  else admitState(m.state, need, fact);
}

/** Makes the answer to a need resident. */
export function admitState(state: State, need: Need, fact: Fact): void {
  switch (need.kind) {
    case 'account':
      state.load(need.address, fact as Parameters<typeof state.load>[1]);
      break;
    case 'code': {
      const account = state.account(need.address)!;
      account.code = fact as Uint8Array;
      break;
    }
    case 'slot': {
      const key = slotKey;
      writeWord(key, 0, need.key);
      const account = state.account(need.address)!;
      if (state.slot(account, key, 0) < 0) state.loadSlot(account, key, 0, fact as bigint);
      break;
    }
    case 'blockHash':
    case 'slice':
      break;
  }
}
