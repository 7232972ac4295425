/** Writes a training set as a folder of its own, which is either whole or not there. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { MarqueeError } from '@marquee/service-kit';
import type { Example } from '../example.ts';
import { EXAMPLE_COLUMNS, type ExampleContext } from './example-columns.ts';
import {
  EXAMPLES_FILE,
  MANIFEST_FILE,
  type TrainingSetManifest,
  trainingSetManifestSchema,
} from './manifest.ts';

/** A row takes some 50 µs to hand over. */
const ROWS_PER_TURN = 64;
const MEMORY = '512MB';

export interface WriteTrainingSetOptions {
  /** Folder of training sets; made when it is not there. */
  readonly folder: string;
  /** In the order of the file. */
  readonly examples: readonly Example[];
  contextOf(example: Example): ExampleContext;
  readonly manifest: Omit<TrainingSetManifest, 'checksum' | 'formatVersion'>;
}

/** @returns the folder `<folder>/<version>`. @throws MarqueeError CONFLICT when that version is there already */
export async function writeTrainingSet(options: WriteTrainingSetOptions): Promise<string> {
  const { folder, manifest } = options;
  const place = join(folder, manifest.version);
  if ((await stat(place).catch(() => undefined)) !== undefined) throw taken(place);
  const preparing = join(folder, `.writing-${randomBytes(4).toString('hex')}`);
  await mkdir(preparing, { recursive: true });
  try {
    const file = join(preparing, EXAMPLES_FILE);
    await writeExamples(file, options);
    const whole = trainingSetManifestSchema.parse({
      ...manifest,
      formatVersion: 1,
      checksum: await checksumOf(file),
    } satisfies TrainingSetManifest);
    await writeFile(join(preparing, MANIFEST_FILE), `${JSON.stringify(whole, null, 2)}\n`, { flush: true });
    await rename(preparing, place).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOTEMPTY' || error.code === 'EEXIST' ? taken(place) : error;
    });
  } catch (error) {
    await rm(preparing, { recursive: true, force: true });
    throw error;
  }
  return place;
}

function taken(place: string): MarqueeError {
  return new MarqueeError('CONFLICT', `${place} is there already; training sets are never changed`);
}

async function writeExamples(file: string, { examples, contextOf }: WriteTrainingSetOptions): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY, threads: '1' });
  const connection = await instance.connect();
  try {
    const columns = EXAMPLE_COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ');
    await connection.run(`CREATE TABLE examples (${columns})`);
    const types = EXAMPLE_COLUMNS.map(({ type }) => type);
    const appender = await connection.createAppender('examples');
    for (let from = 0; from < examples.length; from += ROWS_PER_TURN) {
      const piece = examples.slice(from, from + ROWS_PER_TURN);
      const contexts = piece.map(contextOf);
      const chunk = DuckDBDataChunk.create(types, piece.length);
      chunk.setColumns(EXAMPLE_COLUMNS.map(({ of }) => piece.map((example, i) => of(example, contexts[i]!))));
      appender.appendDataChunk(chunk);
      await setImmediate();
    }
    appender.closeSync();
    await connection.run(
      `COPY (SELECT * FROM examples ORDER BY rowid) TO '${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export async function checksumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
