/**
 * A chain with all its branches: each block is held against its own parent, so that siblings never meet, and the head
 * is chosen by total difficulty or, where there is no mining any more, by what was last added.
 */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { InvalidBlock } from '../errors.ts';
import type { Fork } from '../protocol/forks.ts';
import type { BlockAccessList } from '../state/accessRecorder.ts';
import type { StateSource } from '../state/source.ts';
import { runSync } from '../task.ts';
import { StateTrie } from '../trie/stateTrie.ts';
import { type Block, blockOf, decodeBlock } from './block.ts';
import { type ChainConfig, forkAt } from './chainConfig.ts';
import { type ChainStore, memoryStore, type StoredBlock } from './chainStore.ts';
import { isSealed } from './ethash.ts';
import { createEvm, type Evm } from './evm.ts';
import {
  type BlockResult,
  type BlockSetting,
  checkResult,
  executeBlock,
  recoverSenders,
} from './executeBlock.ts';
import { type BlockWorkers, executeListedBlock } from './executeListed.ts';
import type { Genesis } from './genesis.ts';
import type { Header } from './header.ts';
import { checkHeader } from './headerValidity.ts';
import { type Ancestor, checkOmmers, OMMER_ANCESTORS } from './ommers.ts';
import { trieSource } from './trieSource.ts';

/** What a chain is made of besides its genesis. */
export interface BlockchainOptions {
  /** where it is kept; in memory by default */
  readonly store?: ChainStore;
  /** what executes the blocks of a fork; one for each fork and process by default */
  readonly evm?: (fork: Fork) => Evm;
}

/** A block that was added. */
export interface AddedBlock extends StoredBlock {
  /** what executing it came to; undefined where it was known already */
  readonly result: BlockResult | undefined;
  /** whether it is the head now */
  readonly isHead: boolean;
}

/** A block that is being added. */
interface NextBlock {
  readonly block: Block;
  /** of its fork */
  readonly evm: Evm;
  readonly totalDifficulty: bigint;
  /** its parent's state */
  readonly source: StateSource;
  /** its own state, as tries, once its root was computed */
  after: StateTrie;
  readonly setting: BlockSetting;
}

/** An EVM for each fork that was met, for as long as the fork is in use. */
const evms = new WeakMap<Fork, Evm>();

function sharedEvm(fork: Fork): Evm {
  let evm = evms.get(fork);
  if (evm === undefined) {
    evm = createEvm({ fork });
    evms.set(fork, evm);
  }
  return evm;
}

/** How far back BLOCKHASH sees. */
const MOST_ANCESTORS = 256n;

/** A chain of blocks. Only valid ones get in. */
export class Blockchain {
  readonly config: ChainConfig;
  readonly genesis: StoredBlock;
  /** what executes the blocks of a fork */
  readonly evm: (fork: Fork) => Evm;
  readonly #store: ChainStore;
  #head: StoredBlock;
  /** Whether the head is of proof of stake: mined blocks never overtake it. */
  #headIsStaked: boolean;
  /** whether a block is being added that others must wait for */
  #isAdding = false;

  /**
   * A chain of its genesis alone, or as its store has it.
   * @throws {InvalidBlock} `stateRoot`, when the genesis header is not of the allocation
   * @throws {RangeError} when the store has a chain of another genesis
   */
  constructor({ config, header, alloc }: Genesis, options: BlockchainOptions = {}) {
    this.config = config;
    this.#store = options.store ?? memoryStore();
    this.evm = options.evm ?? sharedEvm;
    const { rules } = this.forkOf(header, undefined);
    const block = blockOf({
      header,
      transactions: [],
      ommers: [],
      withdrawals: rules.withdrawals ? [] : undefined,
    });
    this.genesis = { block, totalDifficulty: header.difficulty, receipts: [] };
    this.#head = this.genesis;
    this.#headIsStaked = rules.proofOfStake;
    const known = this.#store.head;
    if (known === undefined) {
      this.#addGenesis(alloc);
    } else if (this.#store.block(block.hash) === undefined) {
      throw new RangeError(`genesis: expected the one of the chain in the store, got ${block.hash}`);
    } else {
      this.setHead(known);
    }
  }

  #addGenesis(alloc: Genesis['alloc']): void {
    const { header } = this.genesis.block;
    const state = StateTrie.of(alloc);
    const root = toHex(state.root());
    if (root !== header.stateRoot) {
      throw new InvalidBlock('stateRoot', `genesis, state root: expected ${root}, got ${header.stateRoot}`);
    }
    this.#store.addCode(alloc);
    this.#store.add(this.genesis, state, undefined, true);
  }

  /** The last block of the chain that counts. */
  get head(): StoredBlock {
    return this.#head;
  }

  /**
   * Makes a block the head, whatever its branch: the choice that is the consensus layer's where there is no mining.
   * @throws {RangeError} when there is no such block
   */
  setHead(hash: Hex): void {
    const chosen = this.#store.block(hash);
    if (chosen === undefined) throw new RangeError(`head: expected a block that was added, got ${hash}`);
    const parent = this.#store.block(chosen.block.header.parentHash);
    if (this.#store.head !== hash) this.#store.setHead(hash);
    this.#head = chosen;
    this.#headIsStaked = this.forkOf(chosen.block.header, parent).rules.proofOfStake;
  }

  /** A block of any branch. */
  block(hash: Hex): StoredBlock | undefined {
    return this.#store.block(hash);
  }

  /**
   * The state after a block, as tries.
   * @throws {RangeError} when there is no such block
   */
  stateTrie(hash: Hex): StateTrie {
    return this.#store.state(hash);
  }

  /**
   * The state after a block, as runs read it; ancestors' hashes are those that the next block would see.
   * @throws {RangeError} when there is no such block
   */
  state(hash: Hex): StateSource {
    return trieSource(this.#store.state(hash), this.#store.code, this.#ancestorHashes(hash));
  }

  /** The fork that a block is of, by its header and its parent (undefined: it is the genesis). */
  forkOf({ number, timestamp }: Header, parent: StoredBlock | undefined): Fork {
    return forkAt(this.config, { number, timestamp, parentTotalDifficulty: parent?.totalDifficulty ?? 0n });
  }

  /**
   * Adds a block to whatever branch its parent is on.
   * @param rlp the block's encoding
   * @throws {InvalidBlock} with the chain unchanged
   */
  addBlock(rlp: Uint8Array): AddedBlock {
    return this.add(decodeBlock(rlp));
  }

  /**
   * `addBlock`, for a block that is decoded already.
   * @param senders of its transactions, where they were recovered beforehand (`recoverSenders`)
   */
  add(block: Block, senders?: readonly Address[]): AddedBlock {
    const known = this.#known(block);
    if (known !== undefined) return known;
    const next = this.#begin(block);
    const { evm, setting, source } = next;
    const task = executeBlock(evm, block, senders ?? recoverSenders(block, evm.fork), setting);
    return this.#finish(next, runSync(task, source));
  }

  /**
   * `add`, for a block whose access list is at hand: its transactions are executed side by side. Whether the block is
   * valid does not depend on the list: one that is not the block's, or not true, only makes it take longer.
   * @param workers who takes transactions besides this thread
   * @throws {InvalidBlock} with the chain unchanged
   * @throws {TypeError} while another block is being added
   */
  async addListed(
    block: Block,
    list: BlockAccessList,
    workers?: BlockWorkers,
    senders?: readonly Address[],
  ): Promise<AddedBlock> {
    const known = this.#known(block);
    if (known !== undefined) return known;
    const next = this.#begin(block);
    const { evm, setting, source } = next;
    this.#isAdding = true;
    let result: BlockResult | undefined;
    try {
      result = await executeListedBlock(evm, block, list, setting, source, workers, senders);
    } finally {
      this.#isAdding = false;
    }
    return result === undefined ? this.add(block, senders) : this.#finish(next, result);
  }

  #known(block: Block): AddedBlock | undefined {
    const known = this.#store.block(block.hash);
    return known && { ...known, result: undefined, isHead: this.#head.block.hash === block.hash };
  }

  /** What a block is executed with, once all is checked that can be without executing it. */
  #begin(block: Block): NextBlock {
    if (this.#isAdding) throw new TypeError('block: expected the one before it to be added first');
    const { header } = block;
    const parent = this.#store.block(header.parentHash);
    if (parent === undefined) {
      throw new InvalidBlock('unknownParent', `parent: expected a known block, got ${header.parentHash}`);
    }
    const fork = this.forkOf(header, parent);
    this.#checkShape(block, fork);
    this.#checkMined(header, parent.block.header, fork);
    checkOmmers(block, this.#ancestors(parent), (ommer, ommerParent) => {
      const ommerFork = this.forkOf(ommer, this.#store.block(ommer.parentHash)!);
      this.#checkMined(ommer, ommerParent, ommerFork);
    });

    const before = this.#store.state(header.parentHash);
    const source = trieSource(before, this.#store.code, this.#ancestorHashes(header.parentHash));
    const next: NextBlock = {
      block,
      evm: this.evm(fork),
      totalDifficulty: parent.totalDifficulty + header.difficulty,
      source,
      after: before,
      setting: {
        chainId: this.config.chainId,
        depositContract: this.config.depositContract,
        isDaoFork: header.number === this.config.daoBlock,
        rootAfter(diff) {
          next.after = before.snapshot();
          next.after.apply(diff);
          return toHex(next.after.root());
        },
      },
    };
    return next;
  }

  #finish({ block, evm, totalDifficulty, after }: NextBlock, result: BlockResult): AddedBlock {
    const { fork } = evm;
    checkResult(block.header, result, fork);
    const { receipts, blockAccessList } = result;
    const stored: StoredBlock = { block, totalDifficulty, receipts, blockAccessList };
    const isHead = this.#overtakes(totalDifficulty, fork);
    this.#store.add(stored, after, result.diff, isHead);
    if (isHead) {
      this.#head = stored;
      this.#headIsStaked = fork.rules.proofOfStake;
    }
    return { ...stored, result, isHead };
  }

  #overtakes(totalDifficulty: bigint, fork: Fork): boolean {
    if (fork.rules.proofOfStake) return true;
    return !this.#headIsStaked && totalDifficulty > this.#head.totalDifficulty;
  }

  #checkShape({ size, withdrawals }: Block, { name, rules, params }: Fork): void {
    if (size > params.maxBlockSize) {
      const facts = { actual: BigInt(size), expected: BigInt(params.maxBlockSize) };
      throw new InvalidBlock(
        'blockSize',
        `block: expected at most ${params.maxBlockSize} bytes, got ${size}`,
        facts,
      );
    }
    if ((withdrawals !== undefined) !== rules.withdrawals) {
      const [expected, actual] = rules.withdrawals ? ['withdrawals', 'none'] : ['no withdrawals', 'some'];
      throw new InvalidBlock('format', `block: expected ${expected} in ${name}, got ${actual}`);
    }
  }

  #checkMined(header: Header, parent: Header, fork: Fork): void {
    checkHeader(header, parent, fork, this.config.daoBlock);
    if (this.config.sealed && !fork.rules.proofOfStake && !isSealed(header)) {
      const message = `seal: expected the mix hash and nonce of enough work, got ${header.mixHash}, ${header.nonce}`;
      throw new InvalidBlock('proofOfWork', message);
    }
  }

  /** The ancestors that decide about ommers: the parent first. */
  #ancestors(parent: StoredBlock): Ancestor[] {
    const ancestors: Ancestor[] = [];
    let ancestor: StoredBlock | undefined = parent;
    while (ancestor !== undefined && ancestors.length < OMMER_ANCESTORS) {
      ancestors.push(ancestor.block);
      ancestor = this.#store.block(ancestor.block.header.parentHash);
    }
    return ancestors;
  }

  /** The hashes of a block and its ancestors by number, found as far back as they are asked for. */
  #ancestorHashes(hash: Hex): (number: bigint) => bigint {
    const newest = this.#store.block(hash);
    const found: StoredBlock[] = newest === undefined ? [] : [newest];
    return (number) => {
      if (newest === undefined) return 0n;
      const back = newest.block.header.number - number;
      if (back < 0n || back >= MOST_ANCESTORS) return 0n;
      while (BigInt(found.length) <= back) {
        const next = this.#store.block(found[found.length - 1].block.header.parentHash);
        if (next === undefined) return 0n;
        found.push(next);
      }
      return BigInt(found[Number(back)].block.hash);
    };
  }
}
