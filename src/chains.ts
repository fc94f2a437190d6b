/** evmill/chain: blocks and chains to embed. Pure TypeScript, like the rest: it runs where the library runs. */

export { type Block, type BlockContent, blockOf, decodeBlock, encodeBlock } from './chain/block.ts';
export {
  type AccountAccessJson,
  blockAccessListFromJson,
  blockAccessListHash,
  blockAccessListToJson,
  encodeBlockAccessList,
} from './chain/blockAccessList.ts';
export { decodeBlockAccessList } from './chain/blockAccessListDecode.ts';
export { type AddedBlock, Blockchain, type BlockchainOptions } from './chain/blockchain.ts';
export { type BlockPlan, buildBlock } from './chain/buildBlock.ts';
export { type Activation, type ChainConfig, chainOfFork } from './chain/chainConfig.ts';
export { type ChainStore, memoryStore, type StoredBlock } from './chain/chainStore.ts';
export {
  type BlockResult,
  type BlockSetting,
  blockContext,
  checkResult,
  executeBlock,
  recoverSenders,
} from './chain/executeBlock.ts';
export { type BlockWorkers, executeListedBlock } from './chain/executeListed.ts';
export { type Genesis, type GenesisFields, genesisHeader, parseGenesis } from './chain/genesis.ts';
export { type Header, headerHash } from './chain/header.ts';
export { accessesNamed, listedFacts, prefetch } from './chain/listedFacts.ts';
export type { ListedFacts } from './chain/listedState.ts';
export { type ListedBlock, listFault } from './chain/listFault.ts';
export { NETWORKS, type Network, networkNamed } from './chain/networks.ts';
export { officialExceptionName } from './chain/officialExceptions.ts';
export { decodeReceipt, encodeReceipt, type Receipt } from './chain/receipt.ts';
export type { Withdrawal } from './chain/withdrawals.ts';
export { type BlockFault, InvalidBlock, InvalidTransaction, type TransactionFault } from './errors.ts';
export type { AccountAccess, BlockAccessList, Change, SlotChanges } from './state/accessRecorder.ts';
export { verifyAccount, verifySlot } from './trie/stateProof.ts';
export { StateTrie } from './trie/stateTrie.ts';
