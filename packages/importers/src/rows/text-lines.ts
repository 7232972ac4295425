/** A text file as batches of numbered lines, without ever holding more than a chunk of it. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { OnProgress } from '../progress.ts';

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface TextFile {
  readonly path: string;
  readonly encoding: 'utf8' | 'latin1';
  readonly phase: string;
  readonly onProgress?: OnProgress;
}

const CHUNK_BYTES = 256 * 1024;
/** A longer line is not one of ours; it is cut and its rest given as further lines. */
const MAX_LINE = 4 * 1024 * 1024;

/** Lines end in LF or CRLF; a byte-order mark and empty lines are left out. */
export async function* textLines({
  path,
  encoding,
  phase,
  onProgress,
}: TextFile): AsyncGenerator<readonly NumberedLine[]> {
  const { size } = await stat(path);
  const stream = createReadStream(path, { encoding, highWaterMark: CHUNK_BYTES });
  let number = 0;
  let rest = '';
  let done = 0;
  const split = (text: string): NumberedLine[] => {
    const lines: NumberedLine[] = [];
    for (const line of text.split('\n')) {
      number++;
      const bare = (number === 1 ? line.replace(/^(?:\uFEFF|ï»¿)/, '') : line).replace(/\r$/, '');
      if (bare.trim() !== '') lines.push({ number, text: bare });
    }
    return lines;
  };
  for await (const chunk of stream as AsyncIterable<string>) {
    done += encoding === 'latin1' ? chunk.length : Buffer.byteLength(chunk);
    const text = rest + chunk;
    const end = text.length > MAX_LINE && !text.includes('\n') ? text.length : text.lastIndexOf('\n');
    rest = end < 0 ? text : text.slice(end + 1);
    if (end >= 0) yield split(text.slice(0, end));
    onProgress?.({ phase, done, total: size, unit: 'bytes' });
  }
  if (rest !== '') yield split(rest);
}
