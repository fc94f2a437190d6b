/** Each fault has one official name, no two share one, and the fixtures' runner takes it for that fault. */

import { describe, expect, test } from 'vitest';
import {
  BLOCK_EXCEPTIONS,
  officialExceptionName,
  TRANSACTION_EXCEPTIONS,
} from '../../src/chain/officialExceptions.ts';
import { isBlockFaultNamed } from '../../src/conformance/blockExceptionNames.ts';
import { transactionFaultsNamed } from '../../src/conformance/exceptionNames.ts';
import {
  type BlockFault,
  InvalidBlock,
  InvalidTransaction,
  type TransactionFault,
} from '../../src/errors.ts';

const blockFaults = Object.keys(BLOCK_EXCEPTIONS) as BlockFault[];
const transactionFaults = Object.keys(TRANSACTION_EXCEPTIONS) as TransactionFault[];

describe('official names', () => {
  test('are one for each fault', () => {
    const names = [
      ...blockFaults.map((fault) => officialExceptionName(new InvalidBlock(fault, ''))),
      ...transactionFaults.map((fault) => officialExceptionName(new InvalidTransaction(fault, ''))),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(blockFaults)('of blocks agree with what fixtures call it: %s', (fault) => {
    const error = new InvalidBlock(fault, '');
    expect(isBlockFaultNamed(error, officialExceptionName(error))).toBe(true);
  });

  test.each(transactionFaults)('of transactions agree with what fixtures call it: %s', (fault) => {
    const error = new InvalidTransaction(fault, '');
    expect(transactionFaultsNamed(officialExceptionName(error))).toContain(fault);
    const block = new InvalidBlock('transaction', '', { cause: error });
    expect(officialExceptionName(block)).toBe(officialExceptionName(error));
    expect(isBlockFaultNamed(block, officialExceptionName(block))).toBe(true);
  });
});
