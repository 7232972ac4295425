/** What workers leave beside the log: models and their registry, digests. Each has promises of its own that a kill may break. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, systemClock } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { rankingRegistry } from '../../packages/standalone/src/models/ranking-registry.ts';

export interface LeftBehind {
  /** What there is, for people, e.g. `3 models, 4 moves`. */
  readonly found: string;
  /** Empty: nothing is broken. */
  readonly broken: readonly string[];
}

/** Every version whole, every move recorded, one of them in production, no training marked as running twice. */
export async function modelsLeft(modelsFolder: string): Promise<LeftBehind> {
  const registry = rankingRegistry(modelsFolder, systemClock);
  const broken: string[] = [];
  const { state, revision } = await registry.current();
  const versions = await registry.versions();
  for (const version of versions) {
    await registry.verify(version).catch((error: Error) => broken.push(`${version}: ${error.message}`));
  }
  const productions = Object.values(state.versions).filter(({ stage }) => stage === 'production').length;
  if (productions > 1) broken.push(`${productions} versions are in production`);
  const moves = await registry.history(1_000);
  if (moves.length !== revision) broken.push(`${revision} moves were made, ${moves.length} are recorded`);
  const runs = await readdir(join(modelsFolder, '.training', 'runs')).catch(() => []);
  const records = runs.filter((name) => name.endsWith('.json')).length;
  return { found: `${versions.length} models, ${moves.length} moves, ${records} trainings`, broken };
}

/** Nobody is asked back twice within the days that lie between two digests. */
export async function digestsLeft(
  bus: EventBus,
  { daysBetween, afterSequence }: { readonly daysBetween: number; readonly afterSequence: number },
): Promise<LeftBehind> {
  const asked = new Map<string, Map<string, number>>();
  for await (const batch of bus.replay({ afterSequence, types: ['NOTIFICATION_REQUESTED'] })) {
    for (const { event } of batch) {
      const digests = asked.get(event.profileId) ?? new Map<string, number>();
      if (!digests.has(event.eventId)) digests.set(event.eventId, event.occurredAt);
      asked.set(event.profileId, digests);
    }
  }
  const broken: string[] = [];
  let count = 0;
  for (const [profileId, digests] of asked) {
    const times = [...digests.values()].sort((a, b) => a - b);
    count += times.length;
    for (const [i, at] of times.entries()) {
      if (i > 0 && at - times[i - 1]! < daysBetween * DAY_MS)
        broken.push(`${profileId}: two digests within ${daysBetween} days`);
    }
  }
  return { found: `${count} digests`, broken };
}
