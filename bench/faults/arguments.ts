/** The command line of `npm run bench:faults`. */
import { parseArgs } from 'node:util';
import { documentShares, type LoadMix } from './load-mix.ts';

export const HELP = `npm run bench:faults -- [options]

Starts a whole distributed Marquee with two copies of every gateway, subgraph and worker on servers of its own, puts it under
load, and hurts one part after another: every process killed (-9) and frozen, Redis, NATS and PostgreSQL stopped,
killed and frozen. Ends with a table, the same as JSON, and exit code 1 when a promise was broken.

  --rate <n>            requests per second, home pages and writes together; default 200
  --writes <share>      of them, those that record events or save titles; default 0.05
  --document <mix>      which pages: full (the trusted document HomeRows, 12 rows x 20 titles with every field, some
                        190 KB), first-screen (3 rows x 6 titles with what a client paints first, some 7 KB), or both by
                        weight, e.g. first-screen=9,full=1; default first-screen
  --fresh <share>       of the pages, those that no stored slate answers, beside those of viewers who have just done
                        something; default 0
  --seconds <n>         a server is away for; default 30
  --frozen <n>          seconds that a process is frozen; default 5
  --warm-up <n>         seconds in which the load grows to the rate: compilers and caches of every process are cold
                        at first; default 60
  --baseline <n>        seconds of steady state before the first fault. A platform that sheds then ends the campaign:
                        the machine cannot hold the rate; default 10
  --faults <patterns>   with commas between, e.g. "kill *,stop redis,* gateway-1"; none: steady state alone; default "*"
  --copies <n>          of every part; default 2
  --seed <n>            of the load; default 1
  --profiles <n>        simulated audience; default 300
  --data-dir <folder>   keeps the prepared world; default: a temporary one
  --json <file>         writes the JSON there instead of behind the table
  --log <file>          what the processes print; default: nowhere
  --log-level <level>   how much they print; default warn
  --list                names the faults and ends
`;

export interface FaultsArguments {
  readonly help: boolean;
  readonly list: boolean;
  readonly rate: number;
  readonly mix: LoadMix;
  readonly seconds: number;
  readonly frozen: number;
  readonly warmUp: number;
  readonly baseline: number;
  readonly faults: readonly string[];
  readonly copies: number;
  readonly seed: number;
  readonly profiles: number;
  readonly dataDirectory?: string;
  readonly json?: string;
  readonly log?: string;
  readonly logLevel: string;
}

/** @throws TypeError for an option that is not known, RangeError for a number that cannot be. */
export function parseFaultsArguments(argv: readonly string[]): FaultsArguments {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rate: { ...text, default: '200' },
      writes: { ...text, default: '0.05' },
      document: { ...text, default: 'first-screen' },
      fresh: { ...text, default: '0' },
      seconds: { ...text, default: '30' },
      frozen: { ...text, default: '5' },
      'warm-up': { ...text, default: '60' },
      baseline: { ...text, default: '10' },
      faults: { ...text, default: '*' },
      copies: { ...text, default: '2' },
      seed: { ...text, default: '1' },
      profiles: { ...text, default: '300' },
      'data-dir': text,
      json: text,
      log: text,
      'log-level': { ...text, default: 'warn' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (
    name: 'rate' | 'writes' | 'fresh' | 'seconds' | 'frozen' | 'warm-up' | 'baseline',
    least: number,
    most: number,
  ): number => {
    const value = Number(values[name]);
    if (!(value >= least && value <= most))
      throw new RangeError(`--${name} must be from ${least} to ${most}`);
    return value;
  };
  const whole = (name: 'copies' | 'seed' | 'profiles', least: number, most: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new RangeError(`--${name} must be a whole number from ${least} to ${most}`);
    return value;
  };
  return {
    help: values.help,
    list: values.list,
    rate: number('rate', 1, 10_000),
    mix: {
      writes: number('writes', 0, 1),
      documents: documentShares(values.document),
      fresh: number('fresh', 0, 1),
    },
    seconds: number('seconds', 0.5, 600),
    frozen: number('frozen', 0.5, 600),
    warmUp: number('warm-up', 0, 600),
    baseline: number('baseline', 1, 600),
    faults: values.faults.split(','),
    copies: whole('copies', 1, 16),
    seed: whole('seed', 0, 2 ** 31),
    profiles: whole('profiles', 12, 100_000),
    logLevel: values['log-level'],
    ...(values['data-dir'] === undefined ? {} : { dataDirectory: values['data-dir'] }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.log === undefined ? {} : { log: values.log }),
  };
}
