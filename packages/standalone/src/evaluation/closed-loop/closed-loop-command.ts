/** `npm run evaluate -- --closed-loop`. */
import { writeFile } from 'node:fs/promises';
import { DAY_MS } from '@marquee/domain';
import { createLogger, MarqueeError } from '@marquee/service-kit';
import { wholeNumber } from '../../cli/arguments.ts';
import { createProgress } from '../../cli/progress.ts';
import { DEFAULT_LOOP_PAGES, LOOP_PAGES, type LoopPages, runClosedLoop } from './closed-loop.ts';
import { closedLoopTables } from './closed-loop-table.ts';

export const CLOSED_LOOP_HELP = `In a closed loop, on the simulator alone:

  --closed-loop           pages by popularity, the home pipeline with each ranker, and the oracle: simulated viewers react,
                          everything is learned anew every night
  --pages <names>         who makes pages, the others compared with the first; default popularity,logistic-regression,gbdt,oracle;
                          also multi-task, and starter, the first ranker there was in the pipeline of today
  --days <n>              default 14
  --profiles <n>          default 300, one in six of them without a past
  --seed <n>              default 20260
  --dissect               also where the home pipeline's distance to the oracle lies: retrieval, ranking or rows
  --json <file>           also write the figures as JSON
`;

export const CLOSED_LOOP_FLAGS = {
  'closed-loop': { type: 'boolean', default: false },
  days: { type: 'string' },
  pages: { type: 'string' },
  dissect: { type: 'boolean', default: false },
} as const;

/** Nothing depends on the day it is run: the same seed gives the same tables. */
const START = Date.UTC(2026, 2, 2);

export async function runClosedLoopEvaluation(
  values: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const text = (name: string, otherwise: string): string => (values[name] as string | undefined) ?? otherwise;
  const result = await runClosedLoop({
    profiles: wholeNumber('--profiles', text('profiles', '300'), 12, 100_000),
    pages: parsePages(text('pages', DEFAULT_LOOP_PAGES.join(','))),
    days: wholeNumber('--days', text('days', '14'), 1, 365),
    seed: wholeNumber('--seed', text('seed', '20260'), 0, 2 ** 31),
    start: START - (START % DAY_MS),
    progress: createProgress(process.stderr),
    logger: createLogger({ service: 'evaluate', level: 'error' }),
    dissect: values.dissect === true,
    signal,
  });
  process.stdout.write(`\n${closedLoopTables(result)}\n`);
  if (typeof values.json === 'string') await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
}

function parsePages(text: string): readonly LoopPages[] {
  return [...new Set(text.split(','))].map((name) => {
    const pages = LOOP_PAGES.find((known) => known === name.trim());
    if (pages !== undefined) return pages;
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--pages knows no ${JSON.stringify(name)}; it can be ${LOOP_PAGES.join(', ')}`,
    );
  });
}
