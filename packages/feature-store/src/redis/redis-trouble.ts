/**
 * What is wrong with a Redis, in words for an operator. The client's own errors are never passed on: they carry the
 * command's arguments, among them the password of a handshake and whole values.
 */
import type { ErrorCode } from '@marquee/service-kit';

export interface RedisTrouble {
  /**
   * CONFIG_INVALID: somebody has to change a setting, here or on the server. OVERLOADED: its memory is full.
   * DEPENDENCY_UNAVAILABLE: everything that may pass.
   */
  readonly code: Extract<ErrorCode, 'CONFIG_INVALID' | 'OVERLOADED' | 'DEPENDENCY_UNAVAILABLE'>;
  readonly reason: string;
}

type Rule = readonly [pattern: RegExp, code: RedisTrouble['code'], reason: string];

const RULES: readonly Rule[] = [
  [/^(WRONGPASS|NOAUTH)|invalid (username-)?password/i, 'CONFIG_INVALID', 'refuses the credentials'],
  [/^NOPERM/, 'CONFIG_INVALID', 'does not allow this user a command that is needed'],
  [/protocol error|unknown resp|reply type|invalid resp/i, 'CONFIG_INVALID', 'is no Redis server'],
  [/cluster support disabled/i, 'CONFIG_INVALID', 'is no Redis Cluster'],
  [/^(MOVED|ASK|CROSSSLOT)/, 'CONFIG_INVALID', 'is a Redis Cluster and was given as a single server'],
  [/^READONLY/, 'DEPENDENCY_UNAVAILABLE', 'is a read-only replica'],
  [/^OOM/, 'OVERLOADED', 'is full (its maxmemory is reached)'],
  [/^MISCONF/, 'DEPENDENCY_UNAVAILABLE', 'cannot write to its disk and takes no writes'],
  [/^LOADING/, 'DEPENDENCY_UNAVAILABLE', 'is still loading its data'],
  [/CLUSTERDOWN|startup nodes|slots cache/i, 'DEPENDENCY_UNAVAILABLE', 'is a cluster without enough nodes'],
  [/^BUSY/, 'DEPENDENCY_UNAVAILABLE', 'is busy with a script'],
  [
    /socket timeout|ETIMEDOUT/i,
    'DEPENDENCY_UNAVAILABLE',
    'takes connections or commands and does not answer',
  ],
  [/ECONNREFUSED/, 'DEPENDENCY_UNAVAILABLE', 'refuses connections'],
  [/ENOTFOUND|EAI_AGAIN/, 'DEPENDENCY_UNAVAILABLE', 'has a name that cannot be resolved'],
  [
    /ECONNRESET|EPIPE|connection is closed|writeable|max retries|ended|isn't ready/i,
    'DEPENDENCY_UNAVAILABLE',
    'is not connected',
  ],
];

export function troubleOf(error: unknown): RedisTrouble {
  const message = textOf(error);
  for (const [pattern, code, reason] of RULES) if (pattern.test(message)) return { code, reason };
  // The first words name the fault; what follows may quote the command.
  return { code: 'DEPENDENCY_UNAVAILABLE', reason: `answered with a fault: ${message.slice(0, 120)}` };
}

/** A cluster's own error says little; the last node's error says why. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { lastNodeError } = error as { lastNodeError?: unknown };
  if (lastNodeError instanceof Error && lastNodeError !== error) return textOf(lastNodeError);
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0]);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && !error.message.includes(code)
    ? `${error.message} ${code}`
    : error.message;
}
