/** What a failure of NATS means to us. */
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { ErrorCode, NatsError } from 'nats';

const CREDENTIALS: readonly string[] = [
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.BadAuthentication,
  ErrorCode.BadCreds,
  ErrorCode.AccountExpired,
];
/** https://github.com/nats-io/nats-server/blob/main/server/errors.json: wrong last sequence. */
const WRONG_LAST_SEQUENCE = 10_071;

/** CONFIG_INVALID for credentials that are refused, CONFLICT for a lost race, DEPENDENCY_UNAVAILABLE for the rest. */
export function natsFailure(error: unknown, what: string): MarqueeError {
  if (isMarqueeError(error)) return error;
  const code = error instanceof NatsError ? error.code : undefined;
  const reason = reasonOf(error);
  if (code !== undefined && CREDENTIALS.includes(code)) {
    return new MarqueeError('CONFIG_INVALID', {
      message: `${what}: the credentials are refused (${reason})`,
      cause: error,
    });
  }
  if (error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE) {
    return new MarqueeError('CONFLICT', { message: `${what}: ${reason}`, cause: error });
  }
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: `${what}: ${reason}`, cause: error });
}

function reasonOf(error: unknown): string {
  if (error instanceof NatsError) {
    if (error.api_error !== undefined) return error.api_error.description;
    if (error.code === ErrorCode.NoResponders) return 'JetStream does not answer';
    if (error.code === ErrorCode.Timeout) return 'no answer in time';
    if (error.code === ErrorCode.ConnectionRefused) return 'connection refused';
    if (error.code === ErrorCode.PermissionsViolation) return `not permitted: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
