/** After the kills: every changed title in the vector index and on its pages as it was put last, every removed one gone from everywhere. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '@marquee/catalogue';
import { embedTitle } from '@marquee/features';
import type { VectorIndex } from '@marquee/vector-index';
import { allTitles, createClient } from '../../packages/standalone/src/end-to-end/client.ts';
import type { ChangedTitle } from './catalogue-changes.ts';
import type { LeftBehind } from './left-behind.ts';

export interface CatalogueAudit {
  readonly titles: readonly ChangedTitle[];
  readonly catalogue: Pick<Catalogue, 'count'>;
  readonly vectorIndex: Pick<VectorIndex, 'vectors' | 'count'>;
  /** Of a gateway. */
  readonly url: string;
  readonly viewers: readonly string[];
  readonly withinMs: number;
}

/** A page may be stored, or an answer kept, for a while after a change: everything has so long to be right. */
export async function auditCatalogue(audit: CatalogueAudit): Promise<LeftBehind> {
  const deadline = performance.now() + audit.withinMs;
  const indexed = await settled(deadline, audit.titles, () => inIndexOf(audit));
  const pages = await settled(deadline, audit.titles, (titles) => onPagesOf({ ...audit, titles }));
  const living = audit.titles.filter(({ now }) => now !== undefined).length;
  return {
    found: `${living} changed titles in the index and on pages as they were put last, ${audit.titles.length - living} removed ones nowhere`,
    broken: [...indexed, ...pages],
  };
}

/** All that a slate holds: who is among the first sixty is also a question of who watches what. */
export const LIKES = 100;

/** `TitlePage`, with all that a slate holds: a page of a slate has twenty titles unless more are asked for. */
const LIKES_OF_TITLE = `query LikesOfTitle($id: ID!, $likes: Int!) {
  title(id: $id) {
    name
    moreLikeThis(first: $likes) {
      items(first: $likes) {
        nodes {
          title {
            id
            name
          }
        }
      }
      degradations {
        code
      }
    }
  }
}`;

type Wrong = ReadonlyMap<string, string>;

/** Looks again at what is wrong until nothing is or time is up. */
async function settled(
  deadline: number,
  titles: readonly ChangedTitle[],
  look: (titles: readonly ChangedTitle[]) => Promise<Wrong>,
): Promise<readonly string[]> {
  let left = titles;
  for (;;) {
    const wrong = await look(left);
    if (wrong.size === 0 || performance.now() > deadline) return [...wrong.values()];
    left = left.filter(({ id }) => wrong.has(id));
    await delay(500);
  }
}

/** By title, what is wrong with it; under the empty name what is wrong with the index. */
export async function inIndexOf({
  titles,
  vectorIndex,
  catalogue,
}: Pick<CatalogueAudit, 'titles' | 'vectorIndex' | 'catalogue'>): Promise<Wrong> {
  const wrong = new Map<string, string>();
  const vectors = await vectorIndex.vectors(titles.map(({ id }) => id));
  for (const [i, { id, now }] of titles.entries()) {
    const vector = vectors[i];
    if (now === undefined) {
      if (vector !== undefined) wrong.set(id, `${id}: removed, and in the vector index`);
    } else if (vector === undefined) wrong.set(id, `${id}: not in the vector index`);
    else if (!isSame(vector, embedTitle(now))) wrong.set(id, `${id}: an earlier version in the vector index`);
  }
  const [points, known] = [await vectorIndex.count(), await catalogue.count()];
  if (points !== known) wrong.set('', `${points} vectors for ${known} titles`);
  return wrong;
}

/** A removed title must not be named by anything that showed it: its page, titles like its twin, anybody's home page. */
async function onPagesOf({ titles, url, viewers }: CatalogueAudit): Promise<Wrong> {
  const wrong = new Map<string, string>();
  const client = createClient(url, viewers[0]);
  const pageOf = async (id: string): Promise<TitlePage | null> =>
    (await client.ask<{ title: TitlePage | null }>('LikesOfTitle', LIKES_OF_TITLE, { id, likes: LIKES }))
      .title;
  for (const { id, original, now } of titles) {
    const page = await pageOf(id);
    const slate = (await pageOf(original))?.moreLikeThis;
    const likes = slate?.items.nodes ?? [];
    const without = (slate?.degradations ?? []).map(({ code }) => code).join(', ');
    const like = likes.find(({ title }) => title.id === id);
    if (now === undefined) {
      if (page !== null) wrong.set(id, `${id}: removed, and has a page`);
      if (like !== undefined) wrong.set(id, `${id}: removed, and like its twin`);
    } else if (page?.name !== now.name)
      wrong.set(id, `${id}: its page says "${page?.name}", not "${now.name}"`);
    else if (like === undefined && without !== '')
      wrong.set(id, `${id}: whether it is like its twin could not be asked in time (${without})`);
    else if (like === undefined) wrong.set(id, `${id}: not among the titles like its twin`);
    else if (like.title.name !== now.name)
      wrong.set(id, `${id}: called "${like.title.name}" beside its twin`);
  }
  const removed = new Set(titles.filter(({ now }) => now === undefined).map(({ id }) => id));
  for (const viewer of viewers) {
    for (const id of allTitles(await createClient(url, viewer).home())) {
      if (removed.has(id)) wrong.set(id, `${id}: removed, and on a home page`);
    }
  }
  return wrong;
}

interface TitlePage {
  readonly name: string;
  readonly moreLikeThis: {
    readonly items: { readonly nodes: readonly { readonly title: { id: string; name: string } }[] };
    readonly degradations: readonly { readonly code: string }[];
  } | null;
}

/** As far as a server stores it. */
function isSame(stored: Float32Array, made: Float32Array): boolean {
  return stored.length === made.length && made.every((value, i) => Math.abs(value - stored[i]!) < 1e-5);
}
