/** A file that others read while it is written: they see the old or the new text, never a part. */
import { open, rename, rm } from 'node:fs/promises';
import { partOf } from './part-files.ts';

/** Several may do so at once: the last one's text stays. What is there has reached the disk before it has the name. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const part = partOf(file);
  try {
    const handle = await open(part, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
