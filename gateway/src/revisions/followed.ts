/**
 * Follows something on disk: loads it when it changes and keeps the last good value when what is there now cannot be
 * used. That is tried again ever more seldom: a disk or a process that was away may have been the reason. Polls, because file system notifications are lost on network drives and mounted configuration.
 */
import { type Component, type Logger, READY, type Readiness } from '@marquee/service-kit';
import { fingerprintOf } from './fingerprint.ts';

const DEFAULT_POLL_MS = 1_000;
/** Between two attempts at what has not changed. */
const MAX_LOOKS = 60;

export interface FollowedOptions<T> {
  readonly name: string;
  /** Files and folders whose change means that there is something to load. */
  readonly paths: readonly string[];
  /** @throws for what cannot be used; its message is for operators. */
  load(): Promise<T>;
  /** The loaded value is about to be in force: what it needs is prepared here. A rejection refuses it. */
  prepare?(next: T): Promise<void>;
  readonly logger: Logger;
  /** Default 1,000. */
  readonly pollMs?: number;
}

export interface Followed<T> extends Component {
  /** In force. @throws TypeError before the start. */
  current(): T;
  /** Looks now instead of at the next poll. */
  refresh(): Promise<void>;
}

/** The first load has to work: its rejection is the one of `start`. */
export function follow<T>(options: FollowedOptions<T>): Followed<T> {
  const { name, paths, logger } = options;
  let value: { readonly loaded: T } | undefined;
  let fingerprint = '';
  let failure: string | undefined;
  let failures = 0;
  let looksToWait = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  async function take(): Promise<void> {
    const loaded = await options.load();
    await options.prepare?.(loaded);
    value = { loaded };
  }

  async function look(): Promise<void> {
    const found = await fingerprintOf(paths);
    const isNew = found !== fingerprint;
    if (!isNew && (failure === undefined || looksToWait-- > 0)) return;
    fingerprint = found;
    if (isNew) failures = 0;
    try {
      await take();
      if (failure !== undefined) logger.info({ part: name }, 'usable again');
      failure = undefined;
      logger.info({ part: name }, 'reloaded');
    } catch (error) {
      const before = failure;
      failure = error instanceof Error ? error.message : String(error);
      looksToWait = Math.min(2 ** failures++, MAX_LOOKS);
      if (!isNew && failure === before) return;
      logger.error({ part: name, err: error }, 'not reloaded; the last good version stays in force');
    }
  }

  function refresh(): Promise<void> {
    // One after the other: a slow load must not overtake a later one.
    looking = looking.then(look, look);
    return looking;
  }

  function poll(): void {
    timer = setTimeout(async () => {
      await refresh().catch((error: unknown) =>
        logger.error({ part: name, err: error }, 'cannot be looked at'),
      );
      if (timer !== undefined) poll();
    }, options.pollMs ?? DEFAULT_POLL_MS);
    timer.unref();
  }

  return {
    name,
    async start() {
      fingerprint = await fingerprintOf(paths);
      await take();
      if (paths.length > 0) poll();
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await looking.catch(() => undefined);
    },
    readiness: (): Readiness =>
      failure === undefined
        ? READY
        : { ready: true, detail: `the last good version is in force; refused: ${failure}` },
    current() {
      if (value === undefined) throw new TypeError(`${name} is not loaded yet`);
      return value.loaded;
    },
    refresh,
  };
}
