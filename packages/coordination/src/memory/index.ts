/** Coordination within one process: the embedded profile's, where there is nobody else to agree with. */
export { createMemoryBroadcast, type MemoryBroadcastOptions } from './memory-broadcast.ts';
export { createMemoryLeases } from './memory-leases.ts';
