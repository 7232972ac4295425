/**
 * Publications by files: `supergraph.graphql` is what gateways follow, and `supergraph.graphql.history/` has every version's
 * text and what is known of it. A version is taken by creating its file, which only one of several publishers can. It says
 * which one it came after, so that what was taken and never in force, because its publisher was ended, is no part of the
 * history.
 */
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  assertPublishable,
  hashOfSupergraph,
  type Publication,
  type Publications,
  publicationSchema,
} from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { ifMissing, partOf, removeAbandonedParts } from './part-files.ts';
import { replaceFile } from './replace-file.ts';

const LOOKS = 10;
const LOOK_EVERY_MS = 50;
const ENTRY = /^(\d+)\.json$/;

/** 0: nothing was in force. Absent after what was put there by hand, and of before it was noted: it came after the version before. */
const place = z.object({ after: z.number().int().min(0).optional() });
type Entry = Publication & z.infer<typeof place>;

export function folderPublications(file: string, now: () => Date): Publications {
  const folder = `${file}.history`;

  async function versions(): Promise<number[]> {
    const files = await readdir(folder).catch(ifMissing([] as string[]));
    return files.flatMap((name) => ENTRY.exec(name)?.[1] ?? []).map(Number);
  }

  async function entry(version: number): Promise<Entry | undefined> {
    const text = await readFile(join(folder, `${version}.json`), 'utf8').catch(ifMissing(undefined));
    if (text === undefined) return undefined;
    try {
      const value = JSON.parse(text);
      return { ...publicationSchema.parse(value), ...place.parse(value) };
    } catch (cause) {
      throw corrupt(join(folder, `${version}.json`), reasonOf(cause), cause);
    }
  }

  /** Newest first, those that never in force included. */
  async function entries(): Promise<readonly Entry[]> {
    const newestFirst = (await versions()).sort((a, b) => b - a);
    return (await Promise.all(newestFirst.map(entry))).filter((one) => one !== undefined);
  }

  async function current() {
    const sdl = await readFile(file, 'utf8').catch(ifMissing(undefined));
    if (sdl === undefined) return undefined;
    const hash = hashOfSupergraph(sdl);
    const found = (await entries()).find((one) => one.hash === hash);
    const known = found && publicationOf(found);
    // Put there by other means than these.
    const unknown = {
      version: 0,
      hash,
      publishedAt: '',
      publishedBy: '',
      note: 'not published by this command',
    };
    return { ...(known ?? unknown), sdl };
  }

  /** A version that is taken but not in force: somebody is about to change that, or was ended before they could. */
  async function settled(newest: number, after: number): Promise<number> {
    for (let looks = 0; ; looks++) {
      const inForce = (await current())?.version ?? 0;
      if (inForce !== after || newest <= inForce || looks === LOOKS) return inForce;
      await delay(LOOK_EVERY_MS);
    }
  }

  return {
    current,
    async history() {
      const [all, inForce] = [await entries(), await current()];
      return inForce === undefined ? [] : succession(all, inForce.version).map(publicationOf);
    },
    async text(version) {
      const known = await entry(version);
      if (known === undefined) return undefined;
      const path = join(folder, `${known.hash}.graphql`);
      const sdl = await readFile(path, 'utf8').catch(ifMissing(undefined));
      if (sdl === undefined || hashOfSupergraph(sdl) === known.hash) return sdl;
      throw corrupt(path, `it is not the text that version ${version} had`);
    },
    async publish({ sdl, ...about }, after) {
      // Before what is in force is read: whoever takes the next version meanwhile has taken this one's.
      const newest = Math.max(0, ...(await versions()));
      const inForce = await settled(newest, after);
      if (inForce !== after) throw conflict(inForce, after);
      const publication: Publication = {
        version: newest + 1,
        hash: hashOfSupergraph(sdl),
        publishedAt: now().toISOString(),
        ...about,
      };
      assertPublishable(publicationSchema, publication);
      const isByHand = after === 0 && (await current()) !== undefined;
      const comesAfter = isByHand ? {} : { after };
      await mkdir(folder, { recursive: true });
      await removeAbandonedParts(folder, now());
      await removeAbandonedParts(dirname(file), now(), (name) => name === basename(file));
      // Its text comes with the version, so that whoever loses leaves nothing behind.
      const part = partOf(join(folder, publication.hash));
      try {
        await writeFile(part, sdl, { flush: true });
        const taken = await create(
          join(folder, `${publication.version}.json`),
          `${JSON.stringify({ ...publication, ...comesAfter }, null, 2)}\n`,
        );
        if (!taken) throw conflict(publication.version, after);
        await rename(part, join(folder, `${publication.hash}.graphql`));
      } finally {
        await rm(part, { force: true });
      }
      // Somebody who has waited long enough goes on without whoever took this long.
      const [last, replaced] = [Math.max(...(await versions())), (await current())?.version ?? 0];
      if (last !== publication.version || replaced !== after) throw conflict(Math.max(last, replaced), after);
      await replaceFile(file, sdl);
      return publication;
    },
    close: async () => undefined,
  };
}

function publicationOf({ after: _, ...publication }: Entry): Publication {
  return publication;
}

/** What was in force, from the last one on. @param entries newest first. @param inForce 0: a text that is none of them. */
function succession(entries: readonly Entry[], inForce: number): readonly Entry[] {
  let next = inForce === 0 ? Number.POSITIVE_INFINITY : inForce;
  return entries.filter(({ version, after }) => {
    if (version > next) return false;
    next = after ?? version - 1;
    return true;
  });
}

/** The whole file or none, and one of several who make it. @returns false where it is there already. */
async function create(file: string, text: string): Promise<boolean> {
  const part = partOf(file);
  await writeFile(part, text, { flush: true });
  try {
    await link(part, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(part);
  }
}

function conflict(inForce: number, after: number): MarqueeError {
  return new MarqueeError('CONFLICT', `version ${inForce} was published meanwhile, after version ${after}`);
}

function corrupt(path: string, reason: string, cause?: unknown): MarqueeError {
  const message = `${path} cannot be used: ${reason} (take the file away)`;
  return new MarqueeError('DATA_CORRUPT', { message, cause });
}

/** In one line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  return error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
}
