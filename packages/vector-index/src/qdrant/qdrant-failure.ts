/** What Qdrant or the way to it says, in the words of the error catalogue. */
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';

/** @param what was being done, e.g. `a search`. @param address of the server, without credentials. */
export function qdrantFailure(error: unknown, what: string, address: string): MarqueeError {
  if (isMarqueeError(error)) return error;
  const { name, status } = error as { name?: string; status?: number };
  const told = messageOf(error);
  const fail = (code: ConstructorParameters<typeof MarqueeError>[0], message: string) =>
    new MarqueeError(code, { message: `Qdrant at ${address}: ${message}`, cause: error });
  if (name === 'QdrantClientTimeoutError') return fail('DEADLINE_EXCEEDED', `${what} took too long`);
  if (name === 'QdrantClientResourceExhaustedError')
    return fail('OVERLOADED', `${what} was refused: ${told}`);
  if (status === 401 || status === 403) {
    return fail('CONFIG_INVALID', `the API key is missing, wrong or not allowed to do this (${what})`);
  }
  // It understands us and does not want to: limits of its strict mode, or another version than this was made for.
  if (status === 400 || status === 422) return fail('CONFIG_INVALID', `${what} is refused: ${told}`);
  if (status === 507 || /disk|no space/i.test(told))
    return fail('DEPENDENCY_UNAVAILABLE', `its disk is full (${what})`);
  return fail('DEPENDENCY_UNAVAILABLE', `${what} failed: ${told}`);
}

/** Of a failure as `qdrantFailure` makes it. */
export function isMissingCollection(error: unknown): boolean {
  const { status } = (isMarqueeError(error) ? (error.cause ?? {}) : {}) as { status?: number };
  return status === 404;
}

/** Whether it makes sense to wait for a server that says this. */
export function isPassing(error: unknown): boolean {
  return !isMarqueeError(error, 'CONFIG_INVALID');
}

function messageOf(error: unknown): string {
  const { data, cause } = error as {
    data?: { status?: { error?: string } };
    cause?: { code?: string; message?: string };
  };
  const said = data?.status?.error ?? cause?.code ?? cause?.message;
  const message = error instanceof Error ? error.message : String(error);
  return said === undefined ? message : `${message} (${said})`;
}
