/** The order that block access lists must be in, so that there is one list for what a block does. EIP-7928. */

import type { AccountAccess, BlockAccessList, Change, SlotChanges } from '../state/accessRecorder.ts';

/**
 * What is out of order in a list, or twice, or of a step that its block does not have; undefined where it is in order.
 * @param steps how many steps the block has: its transactions, and one before and one after them
 */
export function orderFault(list: BlockAccessList, steps: number): string | undefined {
  const addresses = list.map(({ address }) => address);
  const fault = descent(addresses);
  if (fault !== undefined) return `addresses: expected ascending order, got ${fault} out of it`;
  for (const access of list) {
    const problem = accountFault(access, steps);
    if (problem !== undefined) return `${access.address}, ${problem}`;
  }
  return undefined;
}

function accountFault(access: AccountAccess, steps: number): string | undefined {
  const { storageChanges, storageReads, balanceChanges, nonceChanges, codeChanges } = access;
  return (
    slotFault(storageChanges, storageReads) ??
    changeFault('balances', balanceChanges, steps) ??
    changeFault('nonces', nonceChanges, steps) ??
    changeFault('codes', codeChanges, steps) ??
    firstOf(storageChanges, ({ slot, changes }) => {
      const what = `values of slot 0x${slot.toString(16)}`;
      if (changes.length === 0) return `${what}: expected at least one, got none`;
      return changeFault(what, changes, steps);
    })
  );
}

/** A slot that was changed is not listed as read. */
function slotFault(changed: readonly SlotChanges[], read: readonly bigint[]): string | undefined {
  const out = descent(changed.map(({ slot }) => slot)) ?? descent(read);
  if (out !== undefined) return `slots: expected ascending order, got 0x${out.toString(16)} out of it`;
  let at = 0;
  return firstOf(changed, ({ slot }) => {
    while (at < read.length && read[at] < slot) at++;
    return read[at] === slot
      ? `slot 0x${slot.toString(16)}: expected it as changed only, got it as read too`
      : undefined;
  });
}

function changeFault(what: string, changes: readonly Change<unknown>[], steps: number): string | undefined {
  const out = descent(changes.map(({ index }) => index));
  if (out !== undefined) return `${what}: expected ascending indexes, got ${out} out of order`;
  const last = changes.at(-1)?.index ?? 0;
  return last < steps ? undefined : `${what}: expected indexes up to ${steps - 1}, got ${last}`;
}

/** The first item that does not come after the one before it. */
function descent<T extends string | bigint | number>(items: readonly T[]): T | undefined {
  for (let i = 1; i < items.length; i++) if (items[i - 1] >= items[i]) return items[i];
  return undefined;
}

function firstOf<T>(items: readonly T[], fault: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
