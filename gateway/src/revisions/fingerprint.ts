/** What changes when files change, without reading them. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Of files, and of the files directly in folders; what does not exist counts as such. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(paths.map(fingerprint));
  return parts.join('\n');
}

async function fingerprint(path: string): Promise<string> {
  const state = await stateOf(path);
  if (state === undefined || !state.folder) return `${path} ${state?.text}`;
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  const states = await Promise.all(names.map((name) => stateOf(join(path, name))));
  const files = states.flatMap((found, index) => (found?.folder ? [] : [`${names[index]} ${found?.text}`]));
  return `${path}/\n${files.join('\n')}`;
}

async function stateOf(
  path: string,
): Promise<{ readonly folder: boolean; readonly text: string } | undefined> {
  try {
    // The inode too: a file that replaces another within the clock's grain may have the same size.
    const found = await stat(path, { bigint: true });
    return { folder: found.isDirectory(), text: `${found.mtimeNs} ${found.size} ${found.ino}` };
  } catch {
    return undefined;
  }
}
