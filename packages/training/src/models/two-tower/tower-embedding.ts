/** Titles as points of a version's collection, by its title tower. */
import { type TitleEmbedding, vectorPayloadOf } from '@marquee/features';
import type { VectorRuntime } from '@marquee/model-runtime';
import type { Towers } from './read-towers.ts';
import { contentOf } from './title-content.ts';

/** Of collections: what they hold was made by a title tower. Which one, the index's own name says. */
const VERSION = 'two-tower';
/** Of the index of a version's title vectors. @param base of the installation's */
export function towerCollectionName(base: string, { version }: Pick<Towers, 'version'>): string {
  return `${base}-two-tower-${version.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}

/** Rows per run: the graph looks up 16 vectors for each. */
const ROWS = 256;

/** @param version of a live collection; an index begins with one that is empty */
export function isFilledBy(version: string): boolean {
  return version.startsWith(`${VERSION}-`);
}

/** @param runtime that has loaded the version's title tower before it is asked */
export function towerEmbedding(towers: Towers, runtime: Pick<VectorRuntime, 'embed'>): TitleEmbedding {
  return {
    version: VERSION,
    async points(titles) {
      const vectors = await titleVectorsBy(
        runtime,
        titles.map((title) => towers.titleRow(title.id, contentOf(title))),
      );
      return titles.map((title, i) => ({
        id: title.id,
        vector: vectors.slice(i * towers.dimensions, (i + 1) * towers.dimensions),
        payload: vectorPayloadOf(title),
      }));
    },
  };
}

/** @returns one vector per row, row-major. @throws as `VectorRuntime.embed` */
export async function titleVectorsBy(
  runtime: Pick<VectorRuntime, 'embed'>,
  rows: readonly Float32Array[],
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (let from = 0; from < rows.length; from += ROWS) {
    const part = rows.slice(from, from + ROWS);
    const columns = part[0]!.length;
    const matrix = new Float32Array(part.length * columns);
    for (const [i, row] of part.entries()) matrix.set(row, i * columns);
    parts.push(await runtime.embed({ matrix, rows: part.length, columns }));
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
