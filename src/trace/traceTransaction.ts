/** Tracing as JSON-RPC's `debug_traceTransaction` and `debug_traceCall` have it: run something, and say what was seen. */

import type { CallOptions, Evm, TransactOptions } from '../chain/evm.ts';
import type { Transaction, UnsignedTransaction } from '../chain/transaction.ts';
import type { BlockContext } from '../machine/environment.ts';
import type { Message } from '../machine/result.ts';
import type { Task } from '../task.ts';
import type { ResultTracer } from './namedTracer.ts';

/**
 * Executes a transaction under a tracer; the result is the tracer's.
 * @throws {InvalidTransaction} when it cannot be in the block
 */
export function* traceTransaction<T>(
  evm: Evm,
  transaction: Transaction | UnsignedTransaction,
  block: Partial<BlockContext>,
  tracer: ResultTracer<T>,
  options: Omit<TransactOptions, 'tracer'> = {},
): Task<T> {
  try {
    yield* evm.transact(transaction, block, { ...options, tracer });
    return tracer.result();
  } finally {
    tracer.close?.();
  }
}

/** The same of a message, which pays nothing and has no intrinsic gas. */
export function* traceCall<T>(
  evm: Evm,
  message: Message,
  tracer: ResultTracer<T>,
  options: Omit<CallOptions, 'tracer'> = {},
): Task<T> {
  try {
    yield* evm.call(message, { ...options, tracer });
    return tracer.result();
  } finally {
    tracer.close?.();
  }
}
