/** The event bus on SQLite: the embedded profile's durable log, one process, one file. */
export { createSqliteEventBus, type SqliteEventBusOptions } from './sqlite-event-bus.ts';
