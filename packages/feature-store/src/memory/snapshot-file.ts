/** The snapshot on disk. A new one replaces the old in one step, or not at all. */
import { constants } from 'node:fs';
import { access, type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { type DecodedSnapshot, decodeSnapshot, SnapshotFormatError } from './snapshot-format.ts';

/**
 * Undefined when there is no file yet.
 * @throws MarqueeError DATA_CORRUPT, DATA_DIRECTORY_UNUSABLE naming the file.
 */
export async function readSnapshot(file: string): Promise<DecodedSnapshot | undefined> {
  const unusable = (cause: Error) =>
    new MarqueeError('DATA_DIRECTORY_UNUSABLE', {
      message: `cannot use snapshot ${file}: ${cause.message}`,
      cause,
    });
  // Found out now rather than when the first snapshot fails.
  await access(dirname(file), constants.R_OK | constants.W_OK).catch((error) => {
    throw unusable(error);
  });
  const bytes = await readFile(file).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw unusable(error);
  });
  if (bytes === undefined) return undefined;
  try {
    return await decodeSnapshot(bytes);
  } catch (error) {
    if (!(error instanceof SnapshotFormatError || error instanceof RangeError)) throw error;
    throw new MarqueeError('DATA_CORRUPT', `snapshot ${file} is damaged: ${error.message}`);
  }
}

/**
 * Writes beside the old file, flushes to the device, then renames: a crash leaves the old or the new snapshot.
 */
export async function writeSnapshot(file: string, chunks: Iterable<Buffer>): Promise<void> {
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, 'w');
  try {
    for (const chunk of chunks) await writeFully(handle, chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  // The rename itself lives in the folder.
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeFully(handle: FileHandle, chunk: Buffer): Promise<void> {
  let written = 0;
  while (written < chunk.length) written += (await handle.write(chunk, written)).bytesWritten;
}
