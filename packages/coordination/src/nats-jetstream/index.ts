/** Coordination between processes through NATS JetStream's key-value buckets. */
export { createNatsBroadcast, type NatsBroadcastOptions } from './nats-broadcast.ts';
export { createNatsLeases, LinkedLeases, type NatsLeasesOptions } from './nats-leases.ts';
