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
          format: `  {bar} {percentage}% ${name} {value}/{total}{left}`,
          clearOnComplete: true,
          hideCursor: true,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          barsize: 24,
        });
        bar.start(total, 0, { left: '' });
      } else {
        stream.write(`  … ${name}\n`);
      }
    },
    update(done) {
      if (current === undefined) return;
      current.done = done;
      const { total = done, startedAt } = current;
      const share = Math.min(1, done / total);
      const left = timeLeft(performance.now() - startedAt, share);
      bar?.update(Math.min(done, total), { left });
    },
    note(text) {
      // The bar is drawn again below the line.
      if (bar !== undefined) stream.write('\r\x1b[K');
      stream.write(`    ${text}\n`);
    },
    end: finish,
  };
}

/** At the pace so far; nothing before anything is done. */
export function timeLeft(elapsedMs: number, share: number): string {
  if (!(share > 0)) return '';
  const seconds = Math.ceil((elapsedMs * (1 - share)) / share / 1_000);
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}
