/**
 * The record of every training, one file each: `<models>/.training/runs/<run>.json`. Written whole or not at all, like all that lies beside
 * the models; read by anybody.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { type TrainingRun, trainingRunSchema } from './training-run.ts';

/** Of everything that trainings keep, below the models' folder. */
export const TRAINING_FOLDER = '.training';
const RUNS = 'runs';
const KEPT_RUNS = 500;

export class RunLog {
  readonly #folder: string;

  constructor(modelsFolder: string) {
    this.#folder = join(modelsFolder, TRAINING_FOLDER, RUNS);
  }

  async write(run: TrainingRun): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, `${run.request.runId}.json`);
    const preparing = `${file}.${randomBytes(4).toString('hex')}.new`;
    await writeFile(preparing, `${JSON.stringify(trainingRunSchema.parse(run), null, 2)}\n`, { flush: true });
    await rename(preparing, file);
  }

  /** Latest first. A record that cannot be read is left out: it is about the past. */
  async list(limit = 20): Promise<readonly TrainingRun[]> {
    const names = (await this.#names()).reverse().slice(0, limit);
    const runs = await Promise.all(names.map((name) => this.#read(name)));
    return runs.filter((run) => run !== undefined);
  }

  /** @throws MarqueeError NOT_FOUND */
  async read(runId: string): Promise<TrainingRun> {
    const run = await this.#read(`${runId}.json`);
    if (run === undefined) throw new MarqueeError('NOT_FOUND', `there is no training ${runId}`);
    return run;
  }

  /** Whoever trains now says so: what is still marked as running was ended with its process. */
  async closeInterrupted(current: string, at: string): Promise<void> {
    for (const run of await this.list(KEPT_RUNS)) {
      if (run.state !== 'running' || run.request.runId === current) continue;
      const problem = 'its process ended before it had finished';
      await this.write({ ...run, state: 'interrupted', finishedAt: at, problem });
    }
    for (const name of (await this.#names()).slice(0, -KEPT_RUNS)) await rm(join(this.#folder, name));
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => name.endsWith('.json')).sort();
  }

  async #read(name: string): Promise<TrainingRun | undefined> {
    try {
      return trainingRunSchema.parse(JSON.parse(await readFile(join(this.#folder, name), 'utf8')));
    } catch {
      return undefined;
    }
  }
}
