export { createRedisStore, type RedisStore, type RedisStoreOptions } from './redis-store.ts';
export type { StoreTraffic } from './traffic-counter.ts';
