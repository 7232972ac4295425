/** The prepared world of a source: read when it is there, prepared when it is not. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { embeddedDeps } from '../deps.ts';
import type { DataDirectory, World } from './data-directory.ts';
import { distinctivePersonas } from './distinctive-personas.ts';
import { fillWorld } from './fill-world.ts';
import { catalogueBatches, type WorldSource } from './world-source.ts';

export interface EnsureWorldOptions {
  readonly directory: DataDirectory;
  readonly source: WorldSource;
  readonly rankerThreads: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export async function ensureWorld(options: EnsureWorldOptions): Promise<World> {
  const { directory, source, clock, logger, progress, signal } = options;
  const present = await directory.readWorld(source.name);
  if (present !== undefined) return present;

  const folder = await directory.beginWorld(source.name);
  const now = clock.now();
  progress.phase(`reading ${source.description}`);
  const contents = await source.load({ now, rejectsFile: join(folder, 'rejects.jsonl') });
  const deps = embeddedDeps({ folder, clock, logger, rankerThreads: options.rankerThreads });
  const filled = await fillWorld(
    deps,
    {
      catalogue: {
        batches: catalogueBatches(contents.catalogue),
        expected: contents.catalogue.titles.length,
      },
      events: { batches: contents.events, expected: contents.expectedEvents },
    },
    { folder, seed: options.seed, progress, signal },
  );
  const world: World = {
    formatVersion: 1,
    name: source.name,
    source: source.description,
    preparedAt: new Date(now).toISOString(),
    titles: filled.totals.titles,
    profiles: filled.totals.profiles,
    events: filled.totals.events,
    rejected: contents.rejected(),
    model: filled.model,
    personas:
      contents.personas.length > 0
        ? contents.personas.map(plain)
        : await distinctivePersonas(folder, options),
    tokenSecret: randomBytes(32).toString('base64url'),
  };
  await directory.commitWorld(folder, world);
  return world;
}

function plain(persona: { id: string; name: string; tastes: readonly string[] }): World['personas'][number] {
  return { id: persona.id, name: persona.name, tastes: [...persona.tastes] };
}
