/** Finds the events of one profile in the log and removes them. */
import { subjectToken } from '@marquee/coordination/nats-connection';
import type { ProfileId } from '@marquee/domain';
import { ephemeralConsumer } from './consumer-declarations.ts';
import { PullReader } from './pull-reader.ts';
import { readThrough } from './read-through.ts';
import type { ReplayParts } from './replay.ts';
import { PROFILE_HEADER } from './subjects.ts';

/**
 * Looks through the headers of the profile's bucket, which is a small part of its partition, and overwrites what is
 * theirs. Safe to repeat: what an interrupted one left is found by the next.
 * @returns how many events went. @throws MarqueeError DEPENDENCY_UNAVAILABLE
 */
export async function eraseProfile(
  { link, stream, subjects, logger }: ReplayParts,
  profileId: ProfileId,
  beforeSequence = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const upTo = Math.min(beforeSequence - 1, await stream.lastSequence());
  const filter = subjects.ofBucket(profileId);
  const reader = new PullReader({
    link,
    stream: subjects.events,
    batchSize: 1_000,
    logger,
    open: ({ taken }) => ephemeralConsumer(link, subjects.events, filter, taken, { headersOnly: true }),
  });
  const token = subjectToken(profileId);
  let erased = 0;
  for await (const messages of readThrough(reader, upTo)) {
    const theirs = messages.filter(({ headers }) => headers?.get(PROFILE_HEADER) === token);
    erased += await stream.erase(theirs.map(({ sequence }) => sequence));
  }
  return erased;
}
