/**
 * Keeps what the ladder falls back to from growing old: reads what everybody shares now and then, so
 * that a process that has only served stored slates still knows what is popular. On stop it waits for side effects.
 */
import { DEFAULT_SEGMENT } from '@marquee/domain';
import { beforeDeadline, type Component, deadlineAfter, type Logger, READY } from '@marquee/service-kit';
import type { HomeMemory } from './home.pipeline.ts';

const REFRESH_MS = 60_000;
const NAMES_MS = 500;

export function createMemoryKeeper(
  { lists, names, standings }: Pick<HomeMemory, 'lists' | 'names' | 'standings'>,
  home: { drain(): Promise<void> },
  logger: Logger,
): Component {
  let timer: NodeJS.Timeout | undefined;
  const parts: Readonly<Record<string, () => Promise<unknown>>> = {
    'popular titles': () => lists.read(DEFAULT_SEGMENT),
    'genre names': () => beforeDeadline(names.book([]), deadlineAfter(NAMES_MS), 'genre names'),
    'standings of titles': () => standings.refresh(),
  };
  const refresh = async (): Promise<void> => {
    const refreshing = Object.entries(parts).map(async ([what, read]) => {
      try {
        await read();
      } catch (error) {
        // What was known stays known.
        logger.warn({ err: error }, `${what} could not be read ahead`);
      }
    });
    await Promise.all(refreshing);
  };
  return {
    name: 'recommendation-memory',
    async start() {
      await refresh();
      timer = setInterval(refresh, REFRESH_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await home.drain();
    },
    readiness: () => READY,
  };
}
