/** Progress on long work: a bar on a terminal, a line per phase where output is collected. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** Ends the phase before. */
  phase(name: string, total?: number): void;
  update(done: number): void;
  /** A line of its own, above the bar. */
  note?(text: string): void;
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  let current: { name: string; startedAt: number; done: number; total: number | undefined } | undefined;

  function finish(): void {
    if (current === undefined) return;
    const seconds = ((performance.now() - current.startedAt) / 1000).toFixed(1);
    if (bar !== undefined) {
      bar.stop();
      bar = undefined;
    }
    const count = current.done > 0 ? ` ${current.done.toLocaleString('en-GB')}` : '';
    stream.write(`  ✓ ${current.name}${count} (${seconds} s)\n`);
    current = undefined;
  }

  return {
    phase(name, total) {
      finish();
      current = { name, startedAt: performance.now(), done: 0, total };
      if (stream.isTTY && total !== undefined) {
        bar = new SingleBar({
          stream,
          format: `  {bar} {percentage}% ${name} {value}/{total}`,
          clearOnComplete: true,
          hideCursor: true,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
        });
        bar.start(total, 0);
      } else {
        stream.write(`  … ${name}\n`);
      }
    },
    update(done) {
      if (current === undefined) return;
      current.done = done;
      bar?.update(Math.min(done, current.total ?? done));
    },
    note(text) {
      // The bar is drawn again below the line.
      if (bar !== undefined) stream.write('\r\x1b[K');
      stream.write(`    ${text}\n`);
    },
    end: finish,
  };
}
