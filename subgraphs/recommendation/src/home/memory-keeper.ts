/**
 * Keeps what the ladder falls back to from growing old: reads the lists that everybody shares now and then, so
 * that a process that has only served stored slates still knows what is popular. On stop it waits for side effects.
 */
import { DEFAULT_SEGMENT } from '@marquee/domain';
import { beforeDeadline, type Component, deadlineAfter, type Logger, READY } from '@marquee/service-kit';
import type { HomeMemory } from './home.pipeline.ts';

const REFRESH_MS = 60_000;
const NAMES_MS = 500;

export function createMemoryKeeper(
  { lists, names }: Pick<HomeMemory, 'lists' | 'names'>,
  home: { drain(): Promise<void> },
  logger: Logger,
): Component {
  let timer: NodeJS.Timeout | undefined;
  const refresh = async (): Promise<void> => {
    try {
      await lists.read(DEFAULT_SEGMENT);
      await beforeDeadline(names.book([]), deadlineAfter(NAMES_MS), 'genre names');
    } catch (error) {
      // What was known stays known.
      logger.warn({ err: error }, 'popular titles could not be read ahead');
    }
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
