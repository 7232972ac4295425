/** What a benchmark promises, and whether it was kept: the last lines that it prints. */

export interface PromisedFigure {
  /** With the figure, e.g. "p99 with publishing is at most 1.2 x that without: 1.04 x". */
  readonly text: string;
  readonly kept: boolean;
}

/** @param check a promise that was not kept is the process' exit code 1. */
export function printVerdict(promised: readonly PromisedFigure[], check: boolean): void {
  const lines = promised.map(({ text, kept }) => `${kept ? 'kept  ' : 'BROKEN'} ${text}`);
  const broken = promised.filter(({ kept }) => !kept).length;
  const verdict =
    broken === 0 ? 'verdict: all promises kept' : `verdict: ${broken} of ${promised.length} broken`;
  process.stdout.write(`\n${[...lines, verdict].join('\n')}\n`);
  if (check && broken > 0) process.exitCode = 1;
}
