/**
 * Something to train in every life: a trainer that was just killed waits before it tries again, and one that has trained waits for its
 * schedule. With the records of what has ended put away, the next training is due at once.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RunLog, TRAINING_FOLDER } from '../../workers/trainer/src/index.ts';
import type { LeftBehind } from './left-behind.ts';

const POLL_MS = 500;

export class Trainings {
  readonly #modelsFolder: string;
  readonly #log: RunLog;
  /** By state, of the runs whose records were put away. */
  readonly #ended = new Map<string, number>();

  constructor(modelsFolder: string) {
    this.#modelsFolder = modelsFolder;
    this.#log = new RunLog(modelsFolder);
  }

  async makeDue(): Promise<void> {
    for (const { state, request } of await this.#log.list(Number.POSITIVE_INFINITY)) {
      if (state === 'running') continue;
      this.#ended.set(state, (this.#ended.get(state) ?? 0) + 1);
      await rm(join(this.#modelsFolder, TRAINING_FOLDER, 'runs', `${request.runId}.json`), { force: true });
    }
  }

  /** After the kills: one must come to its end, and nothing of those that did not may be left over. */
  async afterwards(withinMs: number, signal: AbortSignal): Promise<LeftBehind> {
    await this.makeDue();
    const deadline = performance.now() + withinMs;
    while (!(await this.#log.list()).some(({ state }) => state === 'succeeded' || state === 'skipped')) {
      if (performance.now() > deadline || signal.aborted) {
        return { found: this.#found, broken: ['no training came to its end after the kills'] };
      }
      // One that met the last one's process on its way out has failed, and would wait.
      await this.makeDue();
      await delay(POLL_MS);
    }
    // Whoever trains closes the records, and sweeps up after those that were killed.
    const broken: string[] = [];
    const running = (await this.#log.list(Number.POSITIVE_INFINITY)).filter(
      ({ state }) => state === 'running',
    );
    if (running.length > 1) broken.push(`${running.length} trainings are said to be running`);
    const names = await readdir(join(this.#modelsFolder, TRAINING_FOLDER)).catch(() => []);
    const works = names.filter((name) => name.startsWith('work-'));
    if (works.length > running.length)
      broken.push(`left over from trainings that were killed: ${works.join(', ')}`);
    return { found: `${this.#found}, then one to its end`, broken };
  }

  get #found(): string {
    const states = [...this.#ended].map(([state, count]) => `${count} ${state}`).join(', ');
    return `${states || 'none ended'} while it was killed`;
  }
}
