/** Makes a world of a source: fills the ports, learns what is learned at first, and says what came of it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import type { Progress } from '../cli/progress.ts';
import type { MarqueeDeps } from '../deps.ts';
import type { World } from './data-directory.ts';
import { distinctivePersonas } from './distinctive-personas.ts';
import { fillWorld } from './fill-world.ts';
import { catalogueBatches, type WorldSource } from './world-source.ts';

export interface PrepareWorldOptions {
  readonly source: WorldSource;
  /** For the rejects file and the models. */
  readonly folder: string;
  /** Adapters that nobody has started; called for every pass over them. */
  readonly makeDeps: () => MarqueeDeps;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export async function prepareWorld(options: PrepareWorldOptions): Promise<World> {
  const { source, folder, makeDeps, clock, progress, seed, signal } = options;
  const now = clock.now();
  progress.phase(`reading ${source.description}`);
  const contents = await source.load({ now, rejectsFile: join(folder, 'rejects.jsonl') });
  const filled = await fillWorld(
    makeDeps(),
    {
      catalogue: {
        batches: catalogueBatches(contents.catalogue),
        expected: contents.catalogue.titles.length,
      },
      events: { batches: contents.events, expected: contents.expectedEvents },
    },
    { folder, seed, progress, signal },
  );
  const personas = contents.personas.length > 0 ? contents.personas : await distinctivePersonas(makeDeps());
  return {
    formatVersion: 1,
    name: source.name,
    source: source.description,
    preparedAt: new Date(now).toISOString(),
    titles: filled.totals.titles,
    profiles: filled.totals.profiles,
    events: filled.totals.events,
    rejected: contents.rejected(),
    model: filled.model,
    ...(filled.collaborative !== undefined && { collaborative: filled.collaborative }),
    personas: personas.map(({ id, name, tastes }) => ({ id, name, tastes: [...tastes] })),
    tokenSecret: randomBytes(32).toString('base64url'),
  };
}
