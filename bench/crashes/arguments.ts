/** The command line of `npm run bench:crashes`. */
import { MarqueeError, parseCommandLine } from '@marquee/service-kit';
import type { Part } from '../../packages/standalone/src/distributed/topology.ts';

/** Worker processes that a campaign may kill. */
export const WORKERS = [
  'feature-materializer',
  'profile-projector',
  'lake-writer',
  'catalogue-indexer',
  'trainer',
  'model-promoter',
  'monitor',
  're-engagement',
  'prewarmer',
] as const satisfies readonly Part[];
export type WorkerName = (typeof WORKERS)[number];

export const HELP = `npm run bench:crashes -- [options]

Starts a whole distributed Marquee on servers of its own (Redis, NATS, PostgreSQL), puts it under load through its GraphQL
mutations, and kills one worker after another with -9, each many times, at moments drawn by a seed: while it starts and
while it works. Then everything is drained and counted: events that were accepted = rows of the lake = counts in the
features, and every stored feature against a replay of the log. While the catalogue indexer is killed titles are added,
changed and removed: each must be in the vector index and on its pages as it was put last, or nowhere. Those who do jobs
are killed in the midst of them: models must be whole, moves recorded, trainings succeed once they are let. Exit code 1
when anything differs.

  --workers <names>     with commas between; default ${WORKERS.join(',')}
  --kills <n>           of each worker, default 50
  --seed <n>            of the moments and of the load, default 1
  --rate <n>            requests per second, pages and mutations together, default 40
  --writes <share>      of them, mutations; default 0.7
  --profiles <n>        simulated audience of the world, default 300
  --qdrant <url>        for the catalogue indexer; default: a release on PATH, else one that answers from memory
  --data-dir <folder>   keeps the prepared world; default: a temporary one
  --json <file>         also writes the figures there
  --log <file>          what the processes print; default: nowhere
  --help                this text

With the defaults an hour on two cores.
`;

export interface CrashArguments {
  readonly help: boolean;
  readonly workers: readonly WorkerName[];
  readonly kills: number;
  readonly seed: number;
  readonly rate: number;
  readonly writes: number;
  readonly profiles: number;
  readonly qdrant?: string;
  readonly dataDirectory?: string;
  readonly json?: string;
  readonly log?: string;
}

/** @throws MarqueeError CONFIG_INVALID saying what is wrong */
export function parseCrashArguments(argv: readonly string[]): CrashArguments {
  const text = { type: 'string' } as const;
  const { values } = parseCommandLine({
    args: [...argv],
    options: {
      workers: { ...text, default: WORKERS.join(',') },
      kills: { ...text, default: '50' },
      seed: { ...text, default: '1' },
      rate: { ...text, default: '40' },
      writes: { ...text, default: '0.7' },
      profiles: { ...text, default: '300' },
      qdrant: text,
      'data-dir': text,
      json: text,
      log: text,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const number = (flag: string, value: string, least: number, most: number, whole = true): number => {
    const found = Number(value);
    if (found >= least && found <= most && (!whole || Number.isInteger(found))) return found;
    throw new MarqueeError('CONFIG_INVALID', `--${flag} must be from ${least} to ${most}, not "${value}"`);
  };
  return {
    help: values.help,
    workers: values.workers.split(',').map((name) => workerNamed(name.trim())),
    kills: number('kills', values.kills, 1, 10_000),
    seed: number('seed', values.seed, 0, 2 ** 31),
    rate: number('rate', values.rate, 1, 10_000, false),
    writes: number('writes', values.writes, 0.01, 1, false),
    profiles: number('profiles', values.profiles, 12, 100_000),
    ...(values.qdrant !== undefined && { qdrant: values.qdrant }),
    ...(values['data-dir'] !== undefined && { dataDirectory: values['data-dir'] }),
    ...(values.json !== undefined && { json: values.json }),
    ...(values.log !== undefined && { log: values.log }),
  };
}

function workerNamed(name: string): WorkerName {
  const found = WORKERS.find((worker) => worker === name);
  if (found === undefined)
    throw new MarqueeError('CONFIG_INVALID', `--workers knows ${WORKERS.join(', ')}; not "${name}"`);
  return found;
}
