/**
 * Turns what the server and the network report into the error catalogue. Messages name the server by address and
 * never carry the connection string; statements are quoted without their parameters.
 */
import { MarqueeError } from '../errors.ts';

/** A statement that PostgreSQL refused, e.g. for a constraint: a fault of the caller's code or data. */
export class PostgresStatementError extends Error {
  override readonly name = 'PostgresStatementError';
  /** https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState: string;
  readonly constraint: string | undefined;

  constructor(message: string, sqlState: string, constraint?: string) {
    super(message);
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

interface ServerReport {
  readonly message: string;
  readonly code: string;
  readonly constraint?: string;
}

type Verdict = readonly [ConstructorParameters<typeof MarqueeError>[0], string];

/** By SQLSTATE, or by its class of two characters. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  '57014': ['DEADLINE_EXCEEDED', 'cancelled a statement that took too long'],
  '55P03': ['DEADLINE_EXCEEDED', 'waited too long for a lock'],
  '25P03': ['DEADLINE_EXCEEDED', 'ended a transaction that was idle for too long'],
  '40001': ['CONFLICT', 'found a conflict between two transactions'],
  '40P01': ['CONFLICT', 'found a deadlock between two transactions'],
  '53100': ['DEPENDENCY_UNAVAILABLE', 'has no disk space left'],
  '53200': ['DEPENDENCY_UNAVAILABLE', 'has no memory left'],
  '53300': ['DEPENDENCY_UNAVAILABLE', 'takes no more connections (max_connections)'],
  '25006': ['DEPENDENCY_UNAVAILABLE', 'is read-only'],
  '28P01': ['CONFIG_INVALID', 'refuses user or password'],
  '28000': ['CONFIG_INVALID', 'refuses the user'],
  '3D000': ['CONFIG_INVALID', 'has no such database'],
  '42501': ['CONFIG_INVALID', 'does not grant the user enough rights'],
  '58P01': ['DATA_CORRUPT', 'misses a file of its data'],
  '08': ['DEPENDENCY_UNAVAILABLE', 'lost the connection'],
  '53': ['DEPENDENCY_UNAVAILABLE', 'is out of resources'],
  '57': ['DEPENDENCY_UNAVAILABLE', 'is stopping or starting'],
  '58': ['DEPENDENCY_UNAVAILABLE', 'has trouble with its system'],
  XX: ['DATA_CORRUPT', 'reports damaged data or a fault of its own'],
};

/** Certificates that Node does not accept, https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const TLS_FAILURE = /^(ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|EPROTO)/;

/** @param address of the server, for the message. */
export function postgresFailure(address: string, error: unknown, statement?: string): Error {
  if (error instanceof MarqueeError || error instanceof PostgresStatementError) return error;
  const server = `PostgreSQL at ${address}`;
  if (!isServerReport(error)) return connectionFailure(server, error);
  const verdict = VERDICTS[error.code] ?? VERDICTS[error.code.slice(0, 2)];
  if (verdict !== undefined) return new MarqueeError(verdict[0], `${server} ${verdict[1]}: ${error.message}`);
  const where = statement === undefined ? '' : ` in: ${statement.slice(0, 300)}`;
  return new PostgresStatementError(`${error.message}${where}`, error.code, error.constraint);
}

/** Whether the connection that reported it is of no more use. */
export function endsConnection(error: unknown): boolean {
  return !isServerReport(error) || /^(08|57P|58|XX|25P03)/.test(error.code);
}

function connectionFailure(server: string, error: unknown): MarqueeError {
  const { message, code } = reasonOf(error);
  if (TLS_FAILURE.test(code) || message.includes('does not support SSL')) {
    return new MarqueeError('CONFIG_INVALID', `${server}: no encrypted connection: ${message}`);
  }
  if (message.includes('password must be a string') || message.includes('SASL')) {
    return new MarqueeError('CONFIG_INVALID', `${server} refuses user or password: ${message}`);
  }
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', `${server} cannot be reached: ${message}`);
}

/** A host with several addresses reports one error for each, under a message that says nothing. */
function reasonOf(error: unknown): { message: string; code: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { message, code } = error as { message?: string; code?: string };
  return { message: message || code || String(error), code: code ?? '' };
}

/** An SQLSTATE has five characters; the system's codes (`ECONNREFUSED`, ...) have more. */
function isServerReport(error: unknown): error is ServerReport {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE';
}
