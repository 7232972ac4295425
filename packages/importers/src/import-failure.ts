/** An import that cannot begin: one sentence that names the file and what to do. */
import { MarqueeError } from '@marquee/service-kit';

export function importFailure(field: 'file' | 'folder', message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', { message, field, ...(cause === undefined ? {} : { cause }) });
}
