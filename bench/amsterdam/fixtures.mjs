/**
 * The tests of Amsterdam's EIPs in `fixtures/amsterdam/blocks`, executed by @ethereumjs/vm: its roots, gas, requests and
 * access lists must be those of the headers, and blocks that are to be refused must be refused. As it is, and with what
 * `corrections.mjs` mends. Exits with 1 where something still differs with that.
 *
 *     npm run build && node bench/amsterdam/fixtures.mjs
 */

import { readdirSync, readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../dist/bytes.js';
import { parseAlloc } from '../../dist/chain/genesis.js';
import { corrections } from './corrections.mjs';
import { theirChain } from './theirs.mjs';

const FOLDER = new URL('../../fixtures/amsterdam/blocks/', import.meta.url);

const needsContract = (exception) => exception?.includes('SYSTEM_CONTRACT') ?? false;

/** Which blocks of a test come out otherwise there, and how. */
async function differing({ pre, blocks }, mended) {
  const execute = await theirChain(parseAlloc(pre), mended);
  const found = [];
  for (const [i, { rlp, blockHeader, expectException }] of blocks.entries()) {
    let result;
    try {
      // Only blocks that are held against their headers need their system contracts there.
      result = await execute(fromHex(rlp), !needsContract(expectException));
    } catch (error) {
      const other = needsContract(expectException) && !/system contract/.test(error.message);
      if (expectException === undefined || other) found.push(`block ${i}: ${error.message}`);
      continue;
    }
    if (expectException !== undefined) {
      found.push(`block ${i}: taken, and not refused for ${expectException}`);
      continue;
    }
    const fields = {
      stateRoot: toHex(result.stateRoot),
      receiptTrie: toHex(result.receiptsRoot),
      requestsHash: toHex(result.requestsHash),
      blockAccessListHash: toHex(result.list.hash()),
    };
    for (const [field, other] of Object.entries(fields))
      if (other !== blockHeader[field]) found.push(`block ${i}: ${field}`);
    if (result.gasUsed !== BigInt(blockHeader.gasUsed)) found.push(`block ${i}: gasUsed ${result.gasUsed}`);
  }
  return found;
}

let failed = 0;
for (const file of readdirSync(FOLDER).sort()) {
  for (const [name, test] of Object.entries(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')))) {
    const asIs = await differing(test, []);
    const rest = await differing(test, corrections);
    failed += rest.length;
    const blocks = test.blocks.length;
    console.log(`${name}: ${blocks} blocks; ${asIs.length} differences as it is, ${rest.length} when mended`);
    for (const line of rest) console.log(`  ${line}`);
  }
}
process.exitCode = failed > 0 ? 1 : 0;
