/** The command line of `npm run start:distributed`. */
import { parseFlags, wholeNumber } from '../cli/arguments.ts';
import { FURTHER_SUBGRAPHS } from './further-subgraphs.ts';
import { type FurtherSubgraph, isFurtherSubgraph, PARTS, type Part } from './topology.ts';

const FURTHER_HELP = FURTHER_SUBGRAPHS.map((part: string) => `  --${part}s [1]\n`).join('');

export const DISTRIBUTED_HELP = `Marquee's distributed profile on one machine, without containers

  npm run start:distributed                      servers, workers, subgraphs and gateways on the sample world
  npm run start:distributed -- --data <folder>   the same on a MovieLens folder

Servers are taken from REDIS_URL, NATS_URL, POSTGRES_URL and QDRANT_URL; those not named are started from the
programs redis-server, nats-server and postgres on this machine. Without QDRANT_URL every recommendation process
keeps an exact index of its own.

Options
  --data <folder>          MovieLens folder instead of the sample world
  --profiles <number>      simulated audience            (default 2000; only when the world is prepared)
  --port <number>          of the first gateway          (PORT, default 4000; 0 picks free ones)
  --data-dir <folder>      servers' data, models, spools (MARQUEE_DATA_DIR, default .marquee; below it, distributed/)
  --partitions <number>    parts of the event log        (default 8; fixed once it exists)
  --production             no x-profile-id header, no explorer
  --quiet                  warnings and errors of the processes only
  --help                   this text

Copies of each part (defaults in brackets)
  --gateways [2]  --recommendations [2]  --contents [1]  --user-profiles [1]  --experiments [1]
  --materializers [2]  --projectors [1]  --indexers [1, with QDRANT_URL]  --lake-writers [1; 0 for none]
  --trainers [1; 0 for none]  --model-promoters [1; 0 for none]  --monitors [1; 0 for none]
  --re-engagements [1; 0 for none]  --prewarmers [0]
${FURTHER_HELP}`;

type Flag = readonly [flag: string, standard: string];

const FLAGS: Readonly<Record<Exclude<Part, FurtherSubgraph>, Flag>> = {
  gateway: ['gateways', '2'],
  recommendation: ['recommendations', '2'],
  content: ['contents', '1'],
  'user-profile': ['user-profiles', '1'],
  experiment: ['experiments', '1'],
  'feature-materializer': ['materializers', '2'],
  'profile-projector': ['projectors', '1'],
  'catalogue-indexer': ['indexers', '1'],
  'lake-writer': ['lake-writers', '1'],
  trainer: ['trainers', '1'],
  'model-promoter': ['model-promoters', '1'],
  monitor: ['monitors', '1'],
  're-engagement': ['re-engagements', '1'],
  // Each page made ahead is an event; on one machine they would crowd the others.
  prewarmer: ['prewarmers', '0'],
};

function flagOf(part: Part): Flag {
  return isFurtherSubgraph(part) ? [`${part}s`, '1'] : FLAGS[part];
}

/** What an installation can do without. */
const OPTIONAL: ReadonlySet<Part> = new Set([
  'catalogue-indexer',
  'lake-writer',
  'trainer',
  'model-promoter',
  'monitor',
  're-engagement',
  'prewarmer',
]);

export interface DistributedArguments {
  readonly help: boolean;
  readonly production: boolean;
  readonly quiet: boolean;
  readonly data?: string;
  readonly dataDirectory?: string;
  readonly port?: string;
  readonly profiles: number;
  readonly partitions: number;
  readonly copies: Readonly<Record<Part, number>>;
}

/** @throws MarqueeError CONFIG_INVALID naming the argument. */
export function parseDistributedArguments(argv: readonly string[]): DistributedArguments {
  const values = parseFlags(argv, {
    ...Object.fromEntries(
      PARTS.map((part) => {
        const [flag, standard] = flagOf(part);
        return [flag, { type: 'string' as const, default: standard }];
      }),
    ),
    data: { type: 'string' },
    'data-dir': { type: 'string' },
    port: { type: 'string' },
    profiles: { type: 'string', default: '2000' },
    partitions: { type: 'string', default: '8' },
    production: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  const text = (name: string) => values[name] as string;
  const copies = PARTS.map((part) => {
    const [flag] = flagOf(part);
    return [part, wholeNumber(`--${flag}`, text(flag), OPTIONAL.has(part) ? 0 : 1, 64)] as const;
  });
  return {
    help: values.help === true,
    production: values.production === true,
    quiet: values.quiet === true,
    data: values.data as string | undefined,
    dataDirectory: values['data-dir'] as string | undefined,
    port: values.port as string | undefined,
    profiles: wholeNumber('--profiles', text('profiles'), 12, 100_000),
    partitions: wholeNumber('--partitions', text('partitions'), 1, 256),
    copies: Object.fromEntries(copies) as Record<Part, number>,
  };
}
