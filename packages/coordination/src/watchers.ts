/** The values known so far and who wants to hear of them. */
import type { Logger } from '@marquee/service-kit';
import type { BroadcastValue } from './index.ts';

type Watcher = (current: BroadcastValue) => void;

export class Watchers {
  readonly #logger: Logger;
  readonly #known = new Map<string, BroadcastValue>();
  readonly #watchers = new Map<string, Set<Watcher>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  known(key: string): BroadcastValue | undefined {
    return this.#known.get(key);
  }

  /** Tells the newcomer what is known, and from then on every change. Returns what ends that. */
  add(key: string, onChange: Watcher): () => void {
    // Two watches with the same function are two watches.
    const watcher: Watcher = (current) => onChange(current);
    const watchers = this.#watchers.get(key) ?? new Set();
    watchers.add(watcher);
    this.#watchers.set(key, watchers);
    const current = this.#known.get(key);
    if (current !== undefined) this.#tell(key, watcher, current);
    return () => void watchers.delete(watcher);
  }

  /** Nothing happens when that revision is known already. */
  changed(key: string, current: BroadcastValue): void {
    if (this.#known.get(key)?.revision === current.revision) return;
    this.#known.set(key, current);
    for (const watcher of this.#watchers.get(key) ?? []) this.#tell(key, watcher, current);
  }

  /** One watcher's fault is its own. */
  #tell(key: string, watcher: Watcher, current: BroadcastValue): void {
    try {
      watcher(current);
    } catch (error) {
      this.#logger.error({ key, revision: current.revision, err: error }, 'a changed value was not applied');
    }
  }
}
