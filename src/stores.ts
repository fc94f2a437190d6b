/** evmill/store: chains on disk, for Node. It needs the optional dependency `lmdb`. */

export { DiskStore, type DiskStoreOptions, openDiskStore } from './store/diskStore.ts';
export { StoreError, type StoreFault } from './store/storeError.ts';
export { verifyStore } from './store/verify.ts';
