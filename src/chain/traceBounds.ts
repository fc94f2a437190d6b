/** Telling tracers where a transaction, or a message from outside, begins. */

import type { Address } from '../bytes.ts';
import type { Machine } from '../machine/machine.ts';
import type { TransactionStartEvent } from '../machine/tracer.ts';
import { worldView } from '../machine/worldView.ts';
import { recoverAuthority } from './authorization.ts';
import type { Authorization } from './transaction.ts';

/** A transaction begins: nothing has changed yet. */
export function traceStart(
  m: Machine,
  transaction: Omit<TransactionStartEvent, 'authorities' | 'block' | 'fork' | 'world'>,
  authorizations: readonly Authorization[] = [],
): void {
  const { tracer, block, fork } = m;
  tracer?.onTransactionStart?.({
    ...transaction,
    block,
    fork,
    world: worldView(m),
    get authorities() {
      return authoritiesOf(authorizations);
    },
  });
}

function authoritiesOf(authorizations: readonly Authorization[]): readonly Address[] {
  return authorizations.map(recoverAuthority).filter((address) => address !== undefined);
}
