/**
 * One training at a time for a folder of models, whoever began it: an exclusive lock on a small SQLite file, which the system drops with
 * the process, however that ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MarqueeError } from '@marquee/service-kit';
import { TRAINING_FOLDER } from './run-log.ts';

/** @returns what releases it; once is enough, twice does no harm. @throws MarqueeError CONFLICT while another process trains */
export function lockTraining(modelsFolder: string): () => void {
  mkdirSync(join(modelsFolder, TRAINING_FOLDER), { recursive: true });
  const lock = new DatabaseSync(join(modelsFolder, TRAINING_FOLDER, 'lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (cause) {
    lock.close();
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) {
      throw new MarqueeError('CONFLICT', { message: `another training runs on ${modelsFolder}`, cause });
    }
    throw cause;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
