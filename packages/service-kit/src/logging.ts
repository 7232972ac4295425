/** JSON logs, without secrets: see redaction.ts. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { LogLines } from './log-lines.ts';
import { withoutSecrets } from './redaction.ts';

export type { Logger };

export interface LoggingOptions {
  readonly service: string;
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly destination?: DestinationStream;
}

export function createLogger(options: LoggingOptions): Logger {
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: (fields) => withoutSecrets(fields) },
      // What libraries hang on their errors is looked through as well.
      serializers: { err: (error: Error) => withoutSecrets(pino.stdSerializers.err(error)) },
    },
    options.destination ?? new LogLines(pino.destination({ dest: 2, sync: true })),
  );
  // Formatters do not see what children are bound to; children inherit this.
  const child = logger.child;
  logger.child = function (this: Logger, bindings: object, childOptions?: object) {
    return child.call(this, withoutSecrets(bindings), childOptions);
  } as typeof child;
  return logger;
}

export const silentLogger: Logger = pino({ level: 'silent' });
