/**
 * The connection to NATS as every adapter on it needs it: waited for at the start up to a limit, kept for ever after,
 * with errors in the words of the catalogue.
 */

export { natsFailure } from './nats-failure.ts';
export { type NatsCredentials, NatsLink, type NatsServerOptions } from './nats-link.ts';
export { subjectToken } from './subject-token.ts';
