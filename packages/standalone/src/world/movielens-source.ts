/** A world from a MovieLens folder. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { importMovieLens } from '@marquee/importers';
import { movieLensWorld } from './world-name.ts';
import type { WorldSource } from './world-source.ts';

export function movieLensSource(folder: string): WorldSource {
  const path = resolve(folder);
  return {
    // The folder's place names the world: two data sets never meet in one.
    name: movieLensWorld(createHash('sha256').update(path).digest('hex').slice(0, 8)),
    description: `MovieLens ratings from ${path}`,
    async load({ now, rejectsFile }) {
      const imported = await importMovieLens({ folder: path, now, rebase: true, rejectsFile });
      return {
        catalogue: imported.catalogue,
        events: imported.events,
        expectedEvents: imported.summary.expectedEvents,
        personas: [],
        rejected: () => imported.summary.rejected,
      };
    },
  };
}
