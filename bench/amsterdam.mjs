/**
 * Random blocks under Amsterdam's final rules, executed here and by @ethereumjs/vm: state, receipts (status, gas, logs),
 * gas of the block (the greater of both kinds), requests and access list must be the same, and transactions that are kept
 * out of blocks here must be refused there. A block that differs is executed there again with what
 * `amsterdam/corrections.mjs` mends: what then still differs is unexplained, and otherwise its causes are the
 * corrections that it needs. Exits with 1 where something is unexplained.
 *
 *     npm run build && node bench/amsterdam.mjs --cases 1000 --seed 1 --eip 8037
 */

import { parseArgs } from 'node:util';
import { toHex } from '../dist/bytes.js';
import { encodeBlock } from '../dist/chain/block.js';
import { blockAccessListToJson } from '../dist/chain/blockAccessList.js';
import { decodeBlockAccessList } from '../dist/chain/blockAccessListDecode.js';
import { Blockchain } from '../dist/chain/blockchain.js';
import { buildBlock } from '../dist/chain/buildBlock.js';
import { chainOfFork } from '../dist/chain/chainConfig.js';
import { genesisHeader } from '../dist/chain/genesis.js';
import { signTransaction } from '../dist/chain/transactionSender.js';
import { InvalidBlock } from '../dist/errors.js';
import { amsterdam } from '../dist/protocol/forks.js';
import { corrections } from './amsterdam/corrections.mjs';
import { kinds, planOf, worldOf } from './amsterdam/kinds.mjs';
import { randomOf } from './amsterdam/random.mjs';
import { theirs } from './amsterdam/theirs.mjs';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '200' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    eip: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const hex64 = (value) => `0x${value.toString(16).padStart(64, '0')}`;

/** What a block comes to here, and the blocks that it would be with each transaction that was kept out of it. */
function ours(alloc, { transactions, withdrawals, coinbase, slotNumber }) {
  const config = chainOfFork(amsterdam, 1n);
  const header = genesisHeader(config, { gasLimit: 120_000_000n, baseFee: 7n }, alloc);
  const chain = new Blockchain({ config, alloc, header });
  const plan = { withdrawals, header: { coinbase, slotNumber, parentBeaconRoot: hex64(77n) } };
  const build = (list) => buildBlock(chain, chain.genesis, { ...plan, transactions: list });
  let held = [];
  const refused = [];
  let block = build(held);
  const nonces = new Map();
  for (const { key, tx } of transactions) {
    const nonce = nonces.get(key) ?? 0n;
    const signed = signTransaction({ ...tx, nonce }, key);
    try {
      block = build([...held, signed]);
      held = [...held, signed];
      nonces.set(key, nonce + 1n);
    } catch (error) {
      if (!(error instanceof InvalidBlock)) throw error;
      refused.push([...held, signed]);
    }
  }
  const { result } = chain.add(block);
  const refusedBlocks = refused.map((list) => encodeBlock({ ...block, transactions: list }));
  return { block, result, encoded: encodeBlock(block), refusedBlocks };
}

/** What differs between the two, in words. */
function differences({ block, result }, their) {
  const found = [];
  const differ = (what, our, other) => {
    if (our !== other) found.push(`${what}: ${our} here, ${other} there`);
  };
  result.receipts.forEach((receipt, i) => {
    const other = their.receipts[i];
    differ(`gas after transaction ${i}`, receipt.cumulativeGasUsed, other.cumulativeBlockGasUsed);
    differ(`status of transaction ${i}`, receipt.outcome ? 1 : 0, other.status);
    differ(`logs of transaction ${i}`, logsOf(receipt), theirLogsOf(other));
  });
  differ('gas of the block', block.header.gasUsed, their.gasUsed);
  differ('requests', block.header.requestsHash, toHex(their.requestsHash));
  differ('state root', block.header.stateRoot, toHex(their.stateRoot));
  if (block.header.blockAccessListHash !== toHex(their.list.hash()))
    found.push(...listDifferences(result.blockAccessList, their.list, block.transactions.length + 2));
  return found;
}

const logsOf = ({ logs }) =>
  JSON.stringify(logs.map(({ address, topics, data }) => [address, topics.map(hex64), toHex(data)]));
const theirLogsOf = ({ logs }) =>
  JSON.stringify(
    logs.map(([address, topics, data]) => [toHex(address), topics.map((topic) => toHex(topic)), toHex(data)]),
  );

function listDifferences(our, list, steps) {
  const [here, there] = [our, decodeBlockAccessList(list.serialize(), steps)].map(
    (side) => new Map(blockAccessListToJson(side).map(({ address, ...access }) => [address, access])),
  );
  const addresses = [...new Set([...here.keys(), ...there.keys()])].sort();
  return addresses.flatMap((address) => {
    const fields = Object.keys(here.get(address) ?? there.get(address));
    return fields.flatMap((field) => {
      const [mine, other] = [here, there].map((side) => JSON.stringify(side.get(address)?.[field] ?? 'none'));
      return mine === other ? [] : [`list, ${address}, ${field}: ${mine} here, ${other} there`];
    });
  });
}

/** What differs when these corrections are in place. */
async function differing(alloc, our, mended) {
  try {
    return differences(our, await theirs(alloc, our.encoded, mended));
  } catch (error) {
    if (values.verbose) console.log(error.stack);
    return [`@ethereumjs/vm breaks down: ${error.message}`];
  }
}

/** The names of the corrections without any of which a block still differs. */
async function causesOf(alloc, our) {
  const needed = [];
  for (const correction of corrections) {
    const others = corrections.filter((other) => other !== correction);
    if ((await differing(alloc, our, others)).length > 0) needed.push(correction.name);
  }
  return needed.length > 0 ? needed : ['either of several'];
}

/** Transactions that are kept out here, and that are taken there. */
async function taken(alloc, { refusedBlocks }) {
  const found = [];
  for (const encoded of refusedBlocks) {
    try {
      await theirs(alloc, encoded);
      found.push('a transaction that is refused here is taken there');
    } catch {
      // Refused there, too.
    }
  }
  return found;
}

const total = { blocks: 0, transactions: 0, refused: 0, differ: 0, unexplained: 0 };
const causes = new Map();
const rows = [];
for (const [eip, kind] of Object.entries(kinds)) {
  if (values.eip !== undefined && values.eip !== eip) continue;
  const row = { blocks: 0, transactions: 0, refused: 0, differ: 0, unexplained: 0 };
  const why = new Map();
  for (let i = Number(values.first); i < Number(values.first) + Number(values.cases); i++) {
    const r = randomOf(Number(values.seed) * 1_000_003 + Number(eip) * 7919 + i);
    const alloc = worldOf(r, kind);
    const plan = planOf(r, kind);
    const our = ours(alloc, plan);
    row.blocks++;
    row.transactions += our.block.transactions.length;
    row.refused += our.refusedBlocks.length;
    const found = [...(await taken(alloc, our)), ...(await differing(alloc, our, []))];
    if (found.length === 0) continue;
    row.differ++;
    const rest = [...(await taken(alloc, our)), ...(await differing(alloc, our, corrections))];
    if (rest.length > 0) row.unexplained++;
    else for (const cause of await causesOf(alloc, our)) why.set(cause, (why.get(cause) ?? 0) + 1);
    if (rest.length === 0 && !values.verbose) continue;
    const lines = rest.length > 0 ? rest : found;
    console.log(`EIP-${eip}, --seed ${values.seed}, case ${i}:\n  ${lines.join('\n  ').slice(0, 2500)}`);
    if (values.verbose) describe(alloc, plan, our);
  }
  rows.push([eip, row, why]);
  for (const key of Object.keys(total)) total[key] += row[key];
  for (const [cause, count] of why) causes.set(cause, (causes.get(cause) ?? 0) + count);
  console.log(lineOf(`EIP-${eip}`, row, why));
}
console.log(`\n${lineOf('all', total, causes)}`);
for (const { name, rule } of corrections) if (causes.has(name)) console.log(`${name}\n    ${rule}`);
process.exitCode = total.unexplained > 0 ? 1 : 0;

function lineOf(name, { blocks, transactions, refused, differ, unexplained }, why) {
  const counts = [...why].map(([cause, count]) => `${count} ${cause}`);
  const explained = counts.length > 0 ? ` (${counts.join(', ')})` : '';
  const agree = blocks - differ;
  return `${name}: ${blocks} blocks, ${transactions} transactions, ${refused} refused; ${agree} agree, ${differ} differ${explained}, ${unexplained} unexplained`;
}

function describe(alloc, { transactions }, our) {
  console.log(transactions.map(({ tx }) => ({ ...tx, data: toHex(tx.data) })));
  for (const [address, { code }] of alloc) if (code.length > 0) console.log(`${address} ${toHex(code)}`);
  console.log(JSON.stringify(blockAccessListToJson(our.result.blockAccessList)));
  console.log(our.result.receipts.map(({ cumulativeGasUsed, outcome }) => ({ cumulativeGasUsed, outcome })));
}
