/** The command line: what may be said, and a clear line when something else is. */
import type { ParseArgsConfig } from 'node:util';
import { MarqueeError, parseCommandLine } from '@marquee/service-kit';
import { requireWorldName } from '../world/world-name.ts';

export const HELP = `Marquee: personalised home rows as a federated GraphQL platform

  npm start                           serve the sample world (real film titles, a simulated audience)
  npm start -- --data <folder>        serve a MovieLens folder (ratings.csv/movies.csv or ratings.dat/movies.dat)

Options
  --data <folder>       MovieLens folder to serve instead of the sample world
  --world <name>        world to serve that npm run import has made; not together with --data
  --port <number>       port to listen on            (PORT, default 4000; 0 picks a free one)
  --host <address>      address to listen on         (MARQUEE_HOST, default 127.0.0.1)
  --data-dir <folder>   where worlds are kept        (MARQUEE_DATA_DIR, default .marquee)
  --profiles <number>   simulated audience           (default 2000; only when the world is prepared)
  --rebuild-features    rebuild feature values from the event log before serving
  --development         trust the x-profile-id header; refuses NODE_ENV=production
  --help                this text

Other commands: npm run evaluate, npm run import, npm run models, npm run bench (each with --help).
`;

export interface StartArguments {
  readonly help: boolean;
  readonly development: boolean;
  readonly rebuildFeatures: boolean;
  readonly data?: string;
  readonly world?: string;
  readonly port?: string;
  readonly host?: string;
  readonly dataDirectory?: string;
  readonly profiles: number;
}

/** @throws MarqueeError CONFIG_INVALID naming the argument. */
export function parseStartArguments(argv: readonly string[]): StartArguments {
  const values = parseFlags(argv, {
    data: { type: 'string' },
    world: { type: 'string' },
    port: { type: 'string' },
    host: { type: 'string' },
    'data-dir': { type: 'string' },
    profiles: { type: 'string', default: '2000' },
    'rebuild-features': { type: 'boolean', default: false },
    development: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.data !== undefined && values.world !== undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      '--data and --world each name the world to serve; give one of them, see --help',
    );
  }
  return {
    help: values.help === true,
    development: values.development === true,
    rebuildFeatures: values['rebuild-features'] === true,
    data: values.data as string | undefined,
    world: values.world === undefined ? undefined : requireWorldName(values.world as string),
    port: values.port as string | undefined,
    host: values.host as string | undefined,
    dataDirectory: values['data-dir'] as string | undefined,
    profiles: wholeNumber('--profiles', values.profiles as string, 12, 100_000),
  };
}

export function parseFlags(
  argv: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): Record<string, unknown> {
  return parseCommandLine({ args: [...argv], options, allowPositionals: false, strict: true }).values;
}

export function wholeNumber(flag: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new MarqueeError('CONFIG_INVALID', `${flag} must be a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}
