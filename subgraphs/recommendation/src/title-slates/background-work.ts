/** Work that follows an answer and must not delay it: bounded in number and time, finished before the process stops. */
import { beforeDeadline, type Component, deadlineAfter, type Logger, READY } from '@marquee/service-kit';

const MAX_RUNNING = 256;
const TIMEOUT_MS = 5_000;

export class BackgroundWork implements Component {
  readonly name = 'recommendation-background-work';
  readonly #logger: Logger;
  readonly #running = new Set<Promise<void>>();
  #stopped = false;
  #failures = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Failed or refused since the start. */
  get failures(): number {
    return this.#failures;
  }

  run(what: string, work: () => Promise<unknown>): void {
    if (this.#stopped || this.#running.size >= MAX_RUNNING) {
      this.#fail(what, new Error(this.#stopped ? 'refused: shutting down' : 'refused: too much is running'));
      return;
    }
    const running = beforeDeadline(work(), deadlineAfter(TIMEOUT_MS), what)
      .then(
        () => undefined,
        (error: unknown) => this.#fail(what, error),
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async start(): Promise<void> {
    this.#stopped = false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  readiness() {
    return READY;
  }

  #fail(what: string, error: unknown): void {
    this.#failures++;
    this.#logger.warn({ work: what, err: error }, 'work after an answer failed');
  }
}
