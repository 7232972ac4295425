/**
 * Puts the supergraph that came with the code in force, where nobody has put anything newer there: so a new installation has one
 * from its first start, a new release brings its own, and what people publish or roll back to stays theirs.
 */
import { isMarqueeError, type Logger } from '@marquee/service-kit';
import { hashOfSupergraph } from '../published-supergraph.ts';
import type { Publications } from './publications.ts';

export type ShippedOutcome =
  /** Nothing was in force, or this text never was. */
  | 'published'
  | 'in-force'
  /** It was in force once, and somebody has put another one in its place. */
  | 'superseded';

/** Several gateways of a release start at once; whoever loses looks again, and finds it there. */
const ATTEMPTS = 8;

export interface ShippedPublicationOptions {
  readonly publications: Publications;
  readonly sdl: string;
  readonly logger: Logger;
}

/** @throws MarqueeError DEPENDENCY_UNAVAILABLE when the installation cannot be asked, CONFLICT when others publish all the time. */
export async function publishShipped(options: ShippedPublicationOptions): Promise<ShippedOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptToPublish(options);
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT') || attempt === ATTEMPTS) throw error;
    }
  }
}

async function attemptToPublish({
  publications,
  sdl,
  logger,
}: ShippedPublicationOptions): Promise<ShippedOutcome> {
  const current = await publications.current();
  if (current?.sdl === sdl) return 'in-force';
  if (current !== undefined) {
    const hash = hashOfSupergraph(sdl);
    // What was noted after the version in force was never in force: whoever published it did not come to the end.
    const past = (await publications.history()).filter(({ version }) => version <= current.version);
    if (past.some((publication) => publication.hash === hash)) {
      logger.info(
        { serving: current.version, shipped: hash },
        'the supergraph that was shipped has been superseded; what was published serves',
      );
      return 'superseded';
    }
  }
  const { version, hash } = await publications.publish(
    { sdl, publishedBy: 'gateway', note: 'shipped with the release' },
    current?.version ?? 0,
  );
  logger.info({ version, hash, before: current?.version }, 'the supergraph that was shipped is published');
  return 'published';
}
