/** A catalogue and a lake of generated watches: somebody watches what others of their kind watch. */
import { join } from 'node:path';
import {
  createRandom,
  DAY_MS,
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  HOUR_MS,
  type MarqueeEvent,
  systemClock,
} from '@marquee/domain';
import { createEventLake } from '@marquee/event-lake';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createTitleTable, embedTitle } from '@marquee/features';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles } from '@marquee/testkit';
import type { TrainingWorld } from '../run-training.ts';
import type { TrainingRequest } from '../runs/training-run.ts';

export const NOW = Date.UTC(2026, 2, 1);

export function tinyWorld(): TrainingWorld {
  const all = sampleTitles(80);
  const titles = createTitleTable();
  titles.put(all);
  const vectors = new Map(all.map((title) => [title.id, embedTitle(title)]));
  return {
    titles,
    vectorOf: (id) => vectors.get(id),
    makeStore: () => createMemoryStore({ clock: systemClock, logger: silentLogger }),
    makeTowerRuntime: (columns) =>
      createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, logger: silentLogger }),
  };
}

/** @param options.erased: somebody who watched nothing asks to be forgotten, last of all */
export async function fillLake(
  folder: string,
  profiles: number,
  options: { readonly erased?: boolean } = {},
): Promise<void> {
  const lake = createEventLake({
    folder,
    clock: systemClock,
    logger: silentLogger,
    memoryMegabytes: 128,
    tickMs: 0,
  });
  const random = createRandom(5);
  const titles = sampleTitles(80);
  const events: MarqueeEvent[] = [];
  for (let day = 12; day >= 1; day--) {
    for (let p = 0; p < profiles; p++) {
      const pool = random.next() < 0.85 ? titles.filter((_, i) => i % 5 === p % 5) : titles;
      const title = pool[random.integer(pool.length)]!;
      const at = NOW - day * DAY_MS + random.integer(12 * HOUR_MS);
      events.push({
        ...{ eventId: `e-${day}-${p}`, type: 'PLAY_STOP', schemaVersion: EVENT_SCHEMA_VERSION },
        ...{ occurredAt: at, receivedAt: at, profileId: `p${p}` },
        payload: { titleId: title.id, watchedSeconds: 1_500 },
      } as MarqueeEvent);
    }
  }
  events.sort((a, b) => a.occurredAt - b.occurredAt);
  if (options.erased === true) {
    events.push({
      ...{ eventId: 'e-erased', type: 'PROFILE_ERASED', schemaVersion: EVENT_SCHEMA_VERSION },
      ...{ occurredAt: NOW, receivedAt: NOW, profileId: 'gone', payload: {} },
    });
  }
  await lake.start();
  await lake.open(0);
  await lake.append(
    0,
    events.map((event, i): DeliveredEvent => ({ sequence: i + 1, event })),
  );
  await lake.flush();
  await lake.stop();
}

export function requestOf(folder: string, more: Partial<TrainingRequest> = {}): TrainingRequest {
  return {
    ...{ runId: 'run-1', algorithm: 'logistic-regression', days: 30, windowHours: 1, seed: 1, now: NOW },
    ...{ by: 'ada', why: 'a test', lakeMemoryMegabytes: 128, maxDecisions: 50_000, minPositives: 100 },
    ...{ codeVersion: 'test', lakeFolder: join(folder, 'lake'), modelsFolder: join(folder, 'models') },
    ...more,
  };
}
