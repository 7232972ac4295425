/**
 * A world of the size that the latency budget is about: 500,000 synthetic titles and a simulated audience, prepared
 * through the same path as any other world. Takes minutes; keep it with --data-dir.
 */

import { randomBytes } from 'node:crypto';
import type { CatalogueBatch } from '@marquee/catalogue';
import type { Title } from '@marquee/domain';
import { systemClock } from '@marquee/domain';
import { createAudience, syntheticCatalogue } from '@marquee/sample-world';
import { createLogger } from '@marquee/service-kit';
import { createProgress } from '../packages/standalone/src/cli/progress.ts';
import { embeddedDeps } from '../packages/standalone/src/deps.ts';
import { openDataDirectory } from '../packages/standalone/src/world/data-directory.ts';
import { fillWorld } from '../packages/standalone/src/world/fill-world.ts';

const SEED = 7;
const HISTORY_DAYS = 60;

/** Does nothing when the world is there. @returns its name. */
export async function prepareLargeWorld(
  dataDirectory: string,
  options: { titles: number; profiles: number },
): Promise<string> {
  const name = `synthetic-${options.titles}`;
  const directory = await openDataDirectory(dataDirectory);
  try {
    if ((await directory.readWorld(name)) !== undefined) return name;
    const folder = await directory.beginWorld(name);
    const now = systemClock.now();
    const catalogue = syntheticCatalogue({ count: options.titles, seed: SEED, now });
    const titles: Title[] = [];
    for (const batch of catalogue.batches()) titles.push(...batch);
    const audience = createAudience({ seed: SEED, titles, profiles: options.profiles, now, personas: false });
    const deps = embeddedDeps({
      folder,
      clock: systemClock,
      logger: createLogger({ service: 'bench', level: 'warn' }),
      rankerThreads: 1,
    });
    const filled = await fillWorld(
      deps,
      {
        catalogue: { batches: batchesOf(catalogue, titles), expected: titles.length },
        events: { batches: audience.history({ days: HISTORY_DAYS }), expected: options.profiles * 210 },
      },
      { folder, seed: SEED, progress: createProgress(process.stderr) },
    );
    await directory.commitWorld(folder, {
      formatVersion: 1,
      name,
      source: `${titles.length} synthetic titles`,
      preparedAt: new Date(now).toISOString(),
      ...filled.totals,
      rejected: 0,
      model: filled.model,
      ...(filled.collaborative !== undefined && { collaborative: filled.collaborative }),
      personas: [],
      tokenSecret: randomBytes(32).toString('base64url'),
    });
    return name;
  } finally {
    directory.release();
  }
}

async function* batchesOf(
  catalogue: ReturnType<typeof syntheticCatalogue>,
  titles: readonly Title[],
): AsyncIterable<CatalogueBatch> {
  yield { genres: catalogue.genres, people: catalogue.people };
  for (let i = 0; i < titles.length; i += 1_000) yield { titles: titles.slice(i, i + 1_000) };
}
