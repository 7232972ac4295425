/**
 * Real servers from binaries found on this machine, each in a folder and on a port of its own, on the loopback
 * interface only: for contract tests, for fault campaigns and for running the distributed profile without containers.
 */
export { findBinary } from './find-binary.ts';
export { freePort } from './free-port.ts';
export { type LocalNatsOptions, startLocalNats } from './local-nats.ts';
export { type LocalPostgresOptions, startLocalPostgres } from './local-postgres.ts';
export { startLocalQdrant } from './local-qdrant.ts';
export { type LocalRedisOptions, startLocalRedis } from './local-redis.ts';
export type { LocalServer, LocalServerOptions } from './local-server.ts';
