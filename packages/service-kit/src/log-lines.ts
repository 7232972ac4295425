/**
 * Log lines on their way out, some at a time: a system call for each would be a twentieth of what a gateway spends on a
 * small request. Warnings and worse go out at once, with what is before them; so does everything when the process ends.
 */
import { type DestinationStream, levels } from 'pino';

const MAX_CHARACTERS = 16_384;
const WITHIN_MS = 50;

/** Pino tells such a destination the level of each line. */
const TOLD_LEVELS = Symbol.for('pino.metadata');

/** Lost are the last 50 ms of a process that is killed where it stands. */
export class LogLines implements DestinationStream {
  readonly [TOLD_LEVELS] = true;
  /** Of the line that is being written; set by pino. */
  lastLevel = 0;
  readonly #out: DestinationStream;
  readonly #flush = (): void => this.flush();
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  /** @param out takes several lines at once, and has written them when it returns. */
  constructor(out: DestinationStream) {
    this.#out = out;
    process.on('exit', this.#flush);
  }

  write(line: string): void {
    this.#lines += line;
    if (this.lastLevel >= levels.values.warn! || this.#lines.length >= MAX_CHARACTERS) this.flush();
    else this.#timer ??= setTimeout(this.#flush, WITHIN_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.#out.write(lines);
  }
}
