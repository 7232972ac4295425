/** The command line of `npm run evaluate`, and the evaluation of the home ranking: flags in, table and JSON out. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createLogger, MarqueeError } from '@marquee/service-kit';
import { RANKER_ALGORITHMS, type RankerAlgorithm } from '@marquee/training';
import { wholeNumber } from '../cli/arguments.ts';
import { createProgress } from '../cli/progress.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';
import { CLOSED_LOOP_FLAGS, CLOSED_LOOP_HELP } from './closed-loop/closed-loop-command.ts';
import { ABLATIONS, evaluate } from './evaluate.ts';
import { PROTOCOLS, type Protocol } from './holdout.ts';
import { RETRIEVAL_FLAGS, RETRIEVAL_HELP } from './retrieval/retrieval-command.ts';
import { evaluationTable } from './table.ts';

export const EVALUATE_HELP = `npm run evaluate -- [options]: how well the home ranking predicts what people watch next

  --data <folder>         MovieLens folder; without it the sample world
  --protocol <name>       temporal (default): one cutoff, the last --test-days are the test
                          per-profile: each profile's last --test-percent of first watches are the test
  --test-days <n>         temporal: default 14 (the sample world), 365 (MovieLens)
  --test-percent <n>      per-profile: default 20
  --profiles <n>          simulated audience of the sample world, default 2000
  --max-profiles <n>      profiles to rank for at most, default 2000 (with --models: all)
  --rankers <names>       rankers to compare with the one that serves by default: logistic-regression, gbdt,
                          multi-task or all (the default); none: no other
  --without <names>       also ranks without each of these (commas between them, or "all"): candidate sources;
                          features:<group>, which a ranker is trained without; collaborative-model, without its
                          source and its feature of the ranker
  --two-tower             trains the two towers, too, and ranks with what they find; --without two-tower does so as well
  --pre-rank <n>          also ranks with the pre-ranker leaving n candidates to the ranker
  --json <file>           also write the figures as JSON
  --help                  this text

${CLOSED_LOOP_HELP}
${RETRIEVAL_HELP}`;

/** Without defaults where a flag is heard in one place alone: what nobody said must not look said (`evaluate-flags.ts`). */
export const EVALUATE_FLAGS = {
  data: { type: 'string' },
  protocol: { type: 'string' },
  'test-days': { type: 'string' },
  'test-percent': { type: 'string' },
  profiles: { type: 'string' },
  'max-profiles': { type: 'string' },
  without: { type: 'string' },
  'two-tower': { type: 'boolean', default: false },
  'pre-rank': { type: 'string' },
  rankers: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  ...CLOSED_LOOP_FLAGS,
  ...RETRIEVAL_FLAGS,
} as const;

export async function runHomeEvaluation(
  values: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const folder = values.data as string | undefined;
  const source =
    folder === undefined
      ? sampleSource({
          profiles: wholeNumber('--profiles', (values.profiles as string | undefined) ?? '2000', 12, 100_000),
        })
      : movieLensSource(folder);
  // All of the command line before the data, which takes longer.
  const options = {
    protocol: parseProtocol((values.protocol as string | undefined) ?? 'temporal'),
    testDays: wholeNumber(
      '--test-days',
      (values['test-days'] as string | undefined) ?? (folder === undefined ? '14' : '365'),
      1,
      10_000,
    ),
    testFraction:
      wholeNumber('--test-percent', (values['test-percent'] as string | undefined) ?? '20', 1, 90) / 100,
    maxProfiles: wholeNumber(
      '--max-profiles',
      (values['max-profiles'] as string | undefined) ?? '2000',
      1,
      1_000_000,
    ),
    seed: SAMPLE_SEED,
    without: parseWithout(values.without as string | undefined),
    rankers: parseRankers((values.rankers as string | undefined) ?? 'all'),
    towers: values['two-tower'] === true,
    ...(typeof values['pre-rank'] === 'string' && {
      preRankTo: wholeNumber('--pre-rank', values['pre-rank'], 1, 10_000),
    }),
  };
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-rejects-'));
  try {
    const contents = await source.load({
      now: systemClock.now(),
      rejectsFile: join(scratch, 'rejects.jsonl'),
    });
    const result = await evaluate(contents, {
      ...options,
      progress: createProgress(process.stderr),
      logger: createLogger({ service: 'evaluate', level: 'warn' }),
      signal,
    });
    process.stdout.write(`\n${evaluationTable(source.description, result)}\n`);
    if (typeof values.json === 'string') await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function parseWithout(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  if (text === 'all') return ABLATIONS;
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = names.find((name) => !ABLATIONS.includes(name));
  if (unknown === undefined) return names;
  throw new MarqueeError(
    'CONFIG_INVALID',
    `--without knows no ${JSON.stringify(unknown)}; it can be all or ${ABLATIONS.join(', ')}`,
  );
}

function parseRankers(text: string): readonly RankerAlgorithm[] {
  if (text === 'all') return RANKER_ALGORITHMS;
  if (text === 'none') return [];
  return [...new Set(text.split(','))].map((name) => {
    const algorithm = RANKER_ALGORITHMS.find((known) => known === name.trim());
    if (algorithm !== undefined) return algorithm;
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--rankers knows no ${JSON.stringify(name)}; it can be all, none or ${RANKER_ALGORITHMS.join(', ')}`,
    );
  });
}

function parseProtocol(text: string): Protocol {
  const protocol = PROTOCOLS.find((name) => name === text);
  if (protocol === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--protocol must be one of ${PROTOCOLS.join(', ')}; others go with --models, see --help`,
    );
  }
  return protocol;
}
