/**
 * What `npm run evaluate` is asked for, and whether all that is said is heard there: a flag that would be passed over makes somebody
 * believe in figures that are of something else.
 */
import { MarqueeError } from '@marquee/service-kit';

export type Evaluation = 'home' | 'retrieval' | 'closed-loop';

type Flags = Readonly<Record<string, unknown>>;

/** Where in an evaluation a flag is heard, in words, and whether that is so. */
interface Place {
  readonly words: string;
  readonly holds: (flags: Flags) => boolean;
}

type Uses = Partial<Readonly<Record<Evaluation, Place>>>;

const WORDS: Readonly<Record<Evaluation, string>> = {
  home: 'the home ranking',
  retrieval: '--models',
  'closed-loop': '--closed-loop',
};

const hasFiles = (flags: Flags): boolean => isSaid(flags.train) || isSaid(flags.test);
const protocolOf = (flags: Flags): unknown => flags.protocol ?? (hasFiles(flags) ? 'given' : 'temporal');
const tunes = (flags: Flags): boolean => flags.tune === true;

function by(...protocols: readonly string[]): Place {
  return {
    words: ` and --protocol ${protocols.join(' or ')}`,
    holds: (flags) => protocols.includes(protocolOf(flags) as string),
  };
}

const ALWAYS: Place = { words: '', holds: () => true };
const OF_SAMPLE_WORLD: Place = {
  words: ' on the sample world',
  holds: (flags) => !isSaid(flags.data) && !hasFiles(flags),
};
const HOME: Uses = { home: ALWAYS };
const RETRIEVAL: Uses = { retrieval: ALWAYS };
const CLOSED_LOOP: Uses = { 'closed-loop': ALWAYS };
const OF_HISTORIES: Uses = { ...HOME, ...RETRIEVAL };

/** `--models`, `--closed-loop`, `--json` and `--help` are no part of it: the first two choose, the others are for all. */
const USES: Readonly<Record<string, Uses>> = {
  data: OF_HISTORIES,
  protocol: OF_HISTORIES,
  'max-profiles': OF_HISTORIES,
  profiles: { home: OF_SAMPLE_WORLD, retrieval: OF_SAMPLE_WORLD, 'closed-loop': ALWAYS },
  'test-days': {
    home: by('temporal'),
    retrieval: {
      words: ' and --protocol temporal, unless --until or files say where the test begins',
      // Settings are chosen on so many days of the training part all the same.
      holds: (flags) =>
        protocolOf(flags) === 'temporal' && (tunes(flags) || !(isSaid(flags.until) || hasFiles(flags))),
    },
  },
  'test-percent': {
    home: by('per-profile'),
    retrieval: {
      words: ' and --protocol random or strong, and with --tune on given files',
      holds: (flags) =>
        ['random', 'strong', ...(tunes(flags) ? ['given'] : [])].includes(protocolOf(flags) as string),
    },
  },
  without: HOME,
  'two-tower': HOME,
  'pre-rank': HOME,
  rankers: HOME,
  set: RETRIEVAL,
  tune: RETRIEVAL,
  'tune-trials': { retrieval: { words: ' and --tune', holds: tunes } },
  train: RETRIEVAL,
  test: RETRIEVAL,
  'min-rating': RETRIEVAL,
  'k-core': RETRIEVAL,
  until: {
    retrieval: {
      words: ' and --protocol temporal, unless files say where the test begins',
      holds: (flags) => protocolOf(flags) === 'temporal' && !hasFiles(flags),
    },
  },
  'held-out-percent': { retrieval: by('strong') },
  'include-seen': RETRIEVAL,
  threads: RETRIEVAL,
  html: RETRIEVAL,
  seed: { ...RETRIEVAL, ...CLOSED_LOOP },
  days: CLOSED_LOOP,
  pages: CLOSED_LOOP,
  dissect: CLOSED_LOOP,
};

/**
 * @param flags as parsed; those that nobody said are undefined, false or empty
 * @throws MarqueeError CONFIG_INVALID naming a flag that is not heard there, and where it is
 */
export function evaluationOf(flags: Flags): Evaluation {
  const evaluation = chosen(flags);
  for (const [flag, uses] of Object.entries(USES)) {
    if (!isSaid(flags[flag]) || uses[evaluation]?.holds(flags) === true) continue;
    const places = (Object.keys(uses) as Evaluation[]).map((name) => WORDS[name] + uses[name]!.words);
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--${flag} goes with ${places.join(', or with ')}; here it would not be heard, see --help`,
    );
  }
  return evaluation;
}

function chosen(flags: Flags): Evaluation {
  const [models, closedLoop] = [isSaid(flags.models), isSaid(flags['closed-loop'])];
  if (models && closedLoop) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      '--models and --closed-loop ask for two evaluations; give one of them, see --help',
    );
  }
  return closedLoop ? 'closed-loop' : models ? 'retrieval' : 'home';
}

function isSaid(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
