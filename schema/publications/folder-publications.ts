/**
 * Publications by files: `supergraph.graphql` is what gateways follow, and `supergraph.graphql.history/` has every version's
 * text and what is known of it. A version is taken by creating its file, which only one of several publishers can.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  hashOfSupergraph,
  type Publication,
  type Publications,
  publicationSchema,
} from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';

const ENTRY = /^(\d+)\.json$/;

export function folderPublications(file: string, now: () => Date): Publications {
  const folder = `${file}.history`;

  async function versions(): Promise<number[]> {
    const files = await readdir(folder).catch(ifMissing([] as string[]));
    return files.flatMap((name) => ENTRY.exec(name)?.[1] ?? []).map(Number);
  }

  async function entry(version: number): Promise<Publication | undefined> {
    const text = await readFile(join(folder, `${version}.json`), 'utf8').catch(ifMissing(undefined));
    return text === undefined ? undefined : publicationSchema.parse(JSON.parse(text));
  }

  async function history(): Promise<readonly Publication[]> {
    const newestFirst = (await versions()).sort((a, b) => b - a);
    return (await Promise.all(newestFirst.map(entry))).filter((one) => one !== undefined);
  }

  async function current() {
    const sdl = await readFile(file, 'utf8').catch(ifMissing(undefined));
    if (sdl === undefined) return undefined;
    const hash = hashOfSupergraph(sdl);
    const known = (await history()).find((one) => one.hash === hash);
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

  return {
    current,
    history,
    async text(version) {
      const known = await entry(version);
      return known && readFile(join(folder, `${known.hash}.graphql`), 'utf8').catch(ifMissing(undefined));
    },
    async publish({ sdl, ...about }, after) {
      const inForce = (await current())?.version ?? 0;
      if (inForce !== after) throw conflict(inForce, after);
      await mkdir(folder, { recursive: true });
      const publication: Publication = {
        version: Math.max(0, ...(await versions())) + 1,
        hash: hashOfSupergraph(sdl),
        publishedAt: now().toISOString(),
        ...about,
      };
      await replace(join(folder, `${publication.hash}.graphql`), sdl);
      try {
        const text = `${JSON.stringify(publication, null, 2)}\n`;
        await writeFile(join(folder, `${publication.version}.json`), text, { flag: 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw conflict(publication.version, after);
      }
      await replace(file, sdl);
      return publication;
    },
    close: async () => undefined,
  };
}

/** Whoever reads meanwhile reads the old or the new text, never a part. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

function conflict(inForce: number, after: number): MarqueeError {
  return new MarqueeError('CONFLICT', `version ${inForce} was published meanwhile, after version ${after}`);
}

function ifMissing<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return fallback;
  };
}
