/** The online store in this process' memory, with snapshots on disk: the embedded profile's feature store. */
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';
