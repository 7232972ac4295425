/** The event bus on NATS JetStream: the distributed profile's log, many processes, one or more servers. */
export { createNatsEventBus, type NatsEventBusOptions } from './nats-event-bus.ts';
