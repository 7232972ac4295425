/**
 * Publications through the configuration broadcast of a running installation. Gateways watch one key with the
 * version in force; the history and the texts have a bucket of their own, which no gateway reads. That key decides which
 * of several publishers wins; what it holds is noted after that, by the next publisher where its own did not get to it.
 */
import type { BroadcastValue, ConfigurationBroadcast } from '@marquee/coordination';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import {
  decodeSupergraph,
  encodeSupergraph,
  hashOfSupergraph,
  type Publication,
  type PublishedSupergraph,
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

  const readHistory = (value: BroadcastValue | undefined): readonly Publication[] =>
    value === undefined ? [] : historySchema.parse(JSON.parse(value.value));

  async function current(): Promise<PublishedSupergraph | undefined> {
    const value = await broadcast.get(SUPERGRAPH_KEY);
    return value && decodeSupergraph(value.value);
  }

  /** Writes into the archive what was put in force; not twice. @returns the history with it. */
  async function note(publication: Publication, value: string): Promise<readonly Publication[]> {
    // Whoever is in the way has noted something: it comes to an end.
    for (;;) {
      const past = await archive.get(HISTORY_KEY);
      const known = readHistory(past);
      if (known.some(({ version }) => version === publication.version)) return known;
      const all = [publication, ...known].sort((a, b) => b.version - a.version);
      const kept = all.slice(0, MAX_HISTORY);
      await archive.put(textKey(publication.hash), value);
      try {
        await archive.put(HISTORY_KEY, JSON.stringify(kept), past?.revision ?? 0);
      } catch (error) {
        if (isMarqueeError(error, 'CONFLICT')) continue;
        throw error;
      }
      const inUse = new Set(kept.map(({ hash }) => hash));
      const forgotten = all.slice(MAX_HISTORY).filter(({ hash }) => !inUse.has(hash));
      for (const { hash } of forgotten) await archive.put(textKey(hash), '');
      return kept;
    }
  }

  return {
    current,
    async history() {
      const inForce = await current();
      const noted = readHistory(await archive.get(HISTORY_KEY));
      // Its publisher was ended before it was noted, or is about to.
      if (inForce === undefined || noted.some(({ version }) => version === inForce.version)) return noted;
      const { sdl: _, ...publication } = inForce;
      return [publication, ...noted];
    },
    async text(version) {
      const inForce = await current();
      if (inForce?.version === version) return inForce.sdl;
      const known = readHistory(await archive.get(HISTORY_KEY)).find((one) => one.version === version);
      const value = known && (await archive.get(textKey(known.hash)));
      return value === undefined || value.value === '' ? undefined : decodeSupergraph(value.value).sdl;
    },
    async publish({ sdl, ...about }, after) {
      const inForce = await broadcast.get(SUPERGRAPH_KEY);
      const before = inForce && decodeSupergraph(inForce.value);
      if ((before?.version ?? 0) !== after) throw conflict(before?.version ?? 0, after);
      const past =
        inForce && before
          ? await note(publicationSchema.parse(before), inForce.value)
          : readHistory(await archive.get(HISTORY_KEY));
      const publication: Publication = {
        version: Math.max(after, past[0]?.version ?? 0) + 1,
        hash: hashOfSupergraph(sdl),
        publishedAt: now().toISOString(),
        ...about,
      };
      const value = encodeSupergraph({ ...publication, sdl });
      try {
        // First of all: so what loses is nowhere, and what is noted was in force.
        await broadcast.put(SUPERGRAPH_KEY, value, inForce?.revision ?? 0);
      } catch (error) {
        if (!isMarqueeError(error, 'CONFLICT')) throw error;
        throw conflict(undefined, after);
      }
      await note(publication, value);
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
