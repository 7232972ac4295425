/** What it means that an address cannot be listened on. */
import { MarqueeError } from './errors.ts';

/** A MarqueeError for what the system says about an address; anything else as it is. */
export function listenFailure(error: unknown, host: string, port: number): unknown {
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') {
    return new MarqueeError('PORT_IN_USE', { message: `${host}:${port} is already in use`, cause: error });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new MarqueeError('CONFIG_INVALID', {
      message: `cannot listen on ${host}:${port} (${code})`,
      cause: error,
    });
  }
  return error;
}
