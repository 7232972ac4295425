/** Reads a consumer from where it begins to where it ends now, for whoever wants all there is and not what comes. */
import { beforeDeadline, deadlineAfter, MarqueeError } from '@marquee/service-kit';
import type { PulledMessage, PullReader } from './pull-reader.ts';

const LOOK_AGAIN_MS = 1_000;
/** Without any message: then the server is away for longer than a caller should wait. */
const STALLED_MS = 30_000;
const TAKEN_AT_ONCE = 1_000;

/**
 * The reader is started and stopped here.
 * @param upTo sequence of the last message wanted; absent: whatever there is when the end is reached.
 * @throws MarqueeError DEPENDENCY_UNAVAILABLE
 */
export async function* readThrough(
  reader: PullReader,
  upTo = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly PulledMessage[]> {
  try {
    let { pending } = await beforeDeadline(reader.start(), deadlineAfter(STALLED_MS), 'the event log');
    let lastArrival = performance.now();
    while (pending > 0) {
      await reader.arrival(LOOK_AGAIN_MS);
      const messages = reader.take(TAKEN_AT_ONCE);
      const last = messages.at(-1);
      if (last === undefined) {
        // What was pending may have been purged meanwhile.
        if (await reader.isDry().catch(() => false)) return;
        if (performance.now() - lastArrival < STALLED_MS) continue;
        throw new MarqueeError(
          'DEPENDENCY_UNAVAILABLE',
          `the event log cannot be read: ${reader.trouble ?? 'silence'}`,
        );
      }
      lastArrival = performance.now();
      pending = last.pending;
      yield last.sequence <= upTo ? messages : messages.filter(({ sequence }) => sequence <= upTo);
      if (last.sequence >= upTo) return;
    }
  } finally {
    reader.stop();
  }
}
