/**
 * Long work on the main thread beside pages: a millisecond of it, then a pause that leaves the thread to them for longer than that. A
 * page that is being made meanwhile waits a step at most each time it waits for something.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 1;
const PAUSE_MS = 4;

export class BackgroundSteps {
  readonly #hurried: boolean;
  #startedAt = performance.now();

  /** @param options.hurried while nobody is served yet: others get their turn, and no more. */
  constructor({ hurried = false }: { readonly hurried?: boolean } = {}) {
    this.#hurried = hurried;
  }

  /** Called between small pieces of the work; resolves at once until a step has been done. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#startedAt < STEP_MS) return;
    if (this.#hurried) await nextTurn();
    else await pause(PAUSE_MS, undefined, { ref: false });
    this.#startedAt = performance.now();
  }
}
