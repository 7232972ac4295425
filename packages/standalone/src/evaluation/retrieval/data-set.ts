/** Where the interactions of an evaluation come from, and what is left of them after its filters. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFeedback, QUALIFIED_WATCH_SECONDS, systemClock } from '@marquee/domain';
import { embedTitle } from '@marquee/features';
import {
  contentOf,
  createInteractionBuilder,
  type InteractionBuilder,
  type Interactions,
  kCore,
  ratedAtLeast,
  rowsWhere,
  type TitleContent,
} from '@marquee/training';
import type { Progress } from '../../cli/progress.ts';
import { sampleSource } from '../../world/sample-source.ts';
import { ratingsFile, readInteractions, tabLayout } from './interaction-file.ts';
import { readMovies } from './movie-file.ts';

export type DataSource =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'given'; readonly train: string; readonly test: string }
  | { readonly kind: 'sample'; readonly profiles: number };

export interface DataSet {
  readonly description: string;
  readonly interactions: Interactions;
  /** By row: 0, or 1 for the rows of a given test file. */
  readonly parts: Uint8Array;
  /** What titles are about, by item; empty lists where nothing is known. */
  readonly content: TitleContent;
  /** Content vectors as serving has them, by item; undefined where nothing is known. */
  readonly vectors: readonly (Float32Array | undefined)[];
  /** For people: what was left out, and why. */
  readonly notes: readonly string[];
}

export interface DataFilters {
  readonly minRating?: number;
  readonly kCore?: number;
}

/** @throws MarqueeError BAD_USER_INPUT when a file cannot be read */
export async function loadDataSet(
  source: DataSource,
  filters: DataFilters,
  work: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<DataSet> {
  work.progress.phase('reading the interactions');
  const builder = createInteractionBuilder();
  const { description, notes, features, vectors } = await readSource(source, builder, work);
  const built = builder.build();
  if (built.duplicates > 0) notes.push(`${count(built.duplicates)} repeats of a user and an item left out`);
  work.progress.end();
  const content = built.interactions.items.map((id) => features.get(id) ?? []);
  return {
    ...{ description, notes, content },
    vectors: built.interactions.items.map((id) => vectors.get(id)),
    ...filtered(built.interactions, built.parts, filters, notes),
  };
}

async function readSource(
  source: DataSource,
  builder: InteractionBuilder,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<{
  description: string;
  notes: string[];
  features: ReadonlyMap<string, readonly string[]>;
  vectors: ReadonlyMap<string, Float32Array>;
}> {
  const notes: string[] = [];
  const read = async (
    path: string,
    layout: Awaited<ReturnType<typeof tabLayout>>,
    part: number,
  ): Promise<void> => {
    const onRows = (rows: number) => progress.update(rows);
    const { rejected, firstReject } = await readInteractions(path, layout, builder, { part, signal, onRows });
    if (rejected > 0) notes.push(`${count(rejected)} rows could not be used, the first: ${firstReject}`);
  };
  switch (source.kind) {
    case 'folder': {
      const { path, layout } = await ratingsFile(source.folder);
      await read(path, layout, 0);
      const { features, vectors } = await readMovies(source.folder);
      return { description: `ratings of ${source.folder}`, notes, features, vectors };
    }
    case 'given':
      await read(source.train, await tabLayout(source.train), 0);
      await read(source.test, await tabLayout(source.test), 1);
      return {
        description: `${source.train} and ${source.test}`,
        notes,
        features: new Map(),
        vectors: new Map(),
      };
    case 'sample': {
      const world = sampleSource({ profiles: source.profiles });
      const contents = await world.load({
        now: systemClock.now(),
        rejectsFile: join(tmpdir(), 'marquee-sample-has-no-rejects'),
      });
      let events = 0;
      for await (const batch of contents.events) {
        signal.throwIfAborted();
        events += batch.length;
        progress.update(events);
        for (const event of batch) {
          // Repeats are dropped, so what stays is the first qualified watch of every title.
          if (isFeedback(event) && (event.payload.watchedSeconds ?? 0) > QUALIFIED_WATCH_SECONDS) {
            builder.add(event.profileId, event.payload.titleId, Number.NaN, event.occurredAt);
          }
        }
      }
      const features = new Map(
        contents.catalogue.titles.map((title) => [title.id as string, contentOf(title)]),
      );
      const vectors = new Map(
        contents.catalogue.titles.map((title) => [title.id as string, embedTitle(title)]),
      );
      return { description: world.description, notes, features, vectors };
    }
  }
}

function filtered(
  interactions: Interactions,
  parts: Uint8Array,
  filters: DataFilters,
  notes: string[],
): { interactions: Interactions; parts: Uint8Array } {
  if (filters.minRating === undefined && filters.kCore === undefined) return { interactions, parts };
  let mask =
    filters.minRating === undefined
      ? new Uint8Array(parts.length).fill(1)
      : ratedAtLeast(interactions, filters.minRating);
  if (filters.kCore !== undefined) mask = kCore(interactions, filters.kCore, mask);
  const kept = rowsWhere(interactions, (row) => mask[row] === 1);
  notes.push(`${count(parts.length - kept.item.length)} interactions filtered out`);
  return { interactions: kept, parts: parts.filter((_, row) => mask[row] === 1) };
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}
