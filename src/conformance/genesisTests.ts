/**
 * ethereum/tests' GenesisTests: the bytes of a first block, by the fields and the allocation of a genesis file.
 * https://github.com/ethereum/tests/tree/develop/GenesisTests
 */

import { toHex } from '../bytes.ts';
import { encodeBlock } from '../chain/block.ts';
import { chainOfFork } from '../chain/chainConfig.ts';
import { genesisHeader, parseAlloc, parseGenesisFields } from '../chain/genesis.ts';
import { frontier } from '../protocol/forks.ts';
import type { CaseResult } from './caseResult.ts';
import { bytesAt, objectAt } from './fixtureValues.ts';

/**
 * Runs a file's vectors, which are all of Frontier.
 * @throws {MalformedFixture} when one cannot be read
 */
export function* runGenesisTests(_path: string, json: unknown): Generator<CaseResult> {
  for (const [name, test] of Object.entries(objectAt(json, 'file'))) {
    const stated = objectAt(test, name);
    const header = genesisHeader(
      chainOfFork(frontier),
      parseGenesisFields(stated),
      parseAlloc(stated['alloc']),
    );
    const actual = toHex(encodeBlock({ header, transactions: [], ommers: [], withdrawals: undefined }));
    const expected = toHex(bytesAt(stated['result'], `${name}.result`));
    yield actual === expected ? { name, pass: true } : { name, pass: false, expected, actual };
  }
}
