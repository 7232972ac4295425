/**
 * Publications through the configuration broadcast of a running installation. Gateways watch one key with the
 * version in force; the history and older texts have a bucket of their own, which no gateway reads.
 */
import type { BroadcastValue, ConfigurationBroadcast } from '@marquee/coordination';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import {
  decodeSupergraph,
  encodeSupergraph,
  hashOfSupergraph,
  type Publication,
  publicationSchema,
  SUPERGRAPH_KEY,
} from '../published-supergraph.ts';
import { MAX_HISTORY, type Publications } from './publications.ts';

/** Stream of the archive's bucket, beside the installation's own. */
export function archiveStream(stream: string): string {
  return `${stream}_supergraphs`;
}

const HISTORY_KEY = 'supergraph.history';
const textKey = (hash: string) => `supergraph.texts.${hash}`;
const historySchema = z.array(publicationSchema);

export interface BroadcastPublicationsOptions {
  /** What gateways watch; started. */
  readonly broadcast: ConfigurationBroadcast;
  /** Another one; started. */
  readonly archive: ConfigurationBroadcast;
  readonly now: () => Date;
}

export function broadcastPublications(options: BroadcastPublicationsOptions): Publications {
  const { broadcast, archive, now } = options;

  const readHistory = (value: BroadcastValue | undefined): Publication[] =>
    value === undefined ? [] : historySchema.parse(JSON.parse(value.value));

  async function history(): Promise<Publication[]> {
    return readHistory(await archive.get(HISTORY_KEY));
  }

  return {
    async current() {
      const value = await broadcast.get(SUPERGRAPH_KEY);
      return value && decodeSupergraph(value.value);
    },
    history,
    async text(version) {
      const known = (await history()).find((one) => one.version === version);
      const value = known && (await archive.get(textKey(known.hash)));
      return value === undefined || value.value === '' ? undefined : decodeSupergraph(value.value).sdl;
    },
    async publish({ sdl, ...about }, after) {
      const [inForce, past] = await Promise.all([broadcast.get(SUPERGRAPH_KEY), archive.get(HISTORY_KEY)]);
      const before = inForce === undefined ? 0 : decodeSupergraph(inForce.value).version;
      if (before !== after) throw conflict(before, after);
      const known = readHistory(past);
      const publication: Publication = {
        version: Math.max(before, known[0]?.version ?? 0) + 1,
        hash: hashOfSupergraph(sdl),
        publishedAt: now().toISOString(),
        ...about,
      };
      const value = encodeSupergraph({ ...publication, sdl });
      const kept = [publication, ...known].slice(0, MAX_HISTORY);
      try {
        // By its hash, so that whoever loses the race has overwritten nobody's text.
        await archive.put(textKey(publication.hash), value);
        await archive.put(HISTORY_KEY, JSON.stringify(kept), past?.revision ?? 0);
        await broadcast.put(SUPERGRAPH_KEY, value, inForce?.revision ?? 0);
      } catch (error) {
        if (!isMarqueeError(error, 'CONFLICT')) throw error;
        throw conflict(undefined, after);
      }
      const inUse = new Set(kept.map(({ hash }) => hash));
      const forgotten = known.slice(MAX_HISTORY - 1).filter(({ hash }) => !inUse.has(hash));
      for (const { hash } of forgotten) await archive.put(textKey(hash), '');
      return publication;
    },
    async close() {
      await Promise.all([broadcast.stop(), archive.stop()]);
    },
  };
}

function conflict(inForce: number | undefined, after: number): MarqueeError {
  const which = inForce === undefined ? 'another version' : `version ${inForce}`;
  return new MarqueeError('CONFLICT', `${which} was published meanwhile, after version ${after}`);
}
