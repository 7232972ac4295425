/** A folder for one test. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  /** Path of a file in it. */
  file(name: string): string;
  remove(): Promise<void>;
}

/** `const folder = temporaryFolder(); onTestFinished(folder.remove);` */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'marquee-test-'));
  const remove = () => rm(path, { recursive: true, force: true });
  return { path, file: (name) => join(path, name), remove };
}
