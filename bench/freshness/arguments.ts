/** The command line of `npm run bench:freshness`. */
import { MarqueeError, parseCommandLine } from '@marquee/service-kit';

export const HELP = `npm run bench:freshness -- [options]

Starts a whole distributed Marquee on servers of its own and measures, as a client sees it, how long after
  - an event was acknowledged the features that requests read have it, and the viewer's home page is another one,
  - a title was put into the catalogue its page and its likes show it,
  - a title was removed its page, its likes and every viewer's home page are without it.
Each is asked for again and again, so an answer's own time is in it; a removed title's own page, which may be kept for half a minute, at
growing distances of up to half a second, beside the rest. Exit code 1 when anything took longer than a minute. With the defaults
two minutes on two quiet cores.

  --events <n>          default 100
  --titles <n>          put and removed, default 20
  --profiles <n>        simulated audience, default 300
  --data-dir <folder>   keeps the prepared world; default: a temporary one. Titles are removed from it
  --help                this text
`;

export interface FreshnessArguments {
  readonly help: boolean;
  readonly events: number;
  readonly titles: number;
  readonly profiles: number;
  readonly dataDirectory?: string;
}

/** @throws MarqueeError CONFIG_INVALID saying what is wrong */
export function parseFreshnessArguments(argv: readonly string[]): FreshnessArguments {
  const { values } = parseCommandLine({
    args: [...argv],
    options: {
      events: { type: 'string', default: '100' },
      titles: { type: 'string', default: '20' },
      profiles: { type: 'string', default: '300' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const whole = (flag: string, text: string, least: number, most: number): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new MarqueeError('CONFIG_INVALID', `--${flag} must be from ${least} to ${most}, not "${text}"`);
  };
  return {
    help: values.help,
    events: whole('events', values.events, 1, 100_000),
    titles: whole('titles', values.titles, 1, 500),
    profiles: whole('profiles', values.profiles, 12, 100_000),
    ...(values['data-dir'] !== undefined && { dataDirectory: values['data-dir'] }),
  };
}
