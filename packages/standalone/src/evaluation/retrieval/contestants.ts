/** The models by the names they have on the command line, and their options: `--set ease.lambda=200`. */
import { MarqueeError } from '@marquee/service-kit';
import {
  type Contestant,
  EASE_DEFAULTS,
  IALS_DEFAULTS,
  type Interactions,
  ITEM_KNN_DEFAULTS,
  type Split,
  searchFor,
  TRANSITIONS_DEFAULTS,
  type Train,
  type TrainingOptions,
  trainEase,
  trainIals,
  trainItemKnn,
  trainPopular,
  trainTransitions,
  tune,
} from '@marquee/training';

type Settings = Readonly<Record<string, number>>;

interface ModelEntry {
  readonly description: string;
  readonly defaults: Settings;
  readonly train: Train<object>;
}

/** Half-life of `popular-recent`. */
const RECENT_DAYS = 14;

const MODELS: Readonly<Record<string, ModelEntry>> = {
  popular: { description: 'number of users', defaults: {}, train: trainPopular },
  'popular-recent': {
    description: 'number of users, recent ones more',
    defaults: { halfLifeDays: RECENT_DAYS },
    train: trainPopular,
  },
  'item-knn': { description: 'item neighbours by cosine', defaults: ITEM_KNN_DEFAULTS, train: trainItemKnn },
  transitions: {
    description: 'what people go on to, decayed',
    defaults: TRANSITIONS_DEFAULTS,
    train: trainTransitions,
  },
  ease: { description: 'linear, closed form', defaults: EASE_DEFAULTS, train: trainEase },
  ials: { description: 'matrix factorisation', defaults: { ...IALS_DEFAULTS }, train: trainIals },
};

export const MODEL_NAMES = Object.keys(MODELS);

/** A line per model with its options and their defaults. */
export function modelHelp(): string {
  return Object.entries(MODELS)
    .map(([name, { description, defaults }]) => {
      const options = Object.entries(defaults).map(([option, value]) => `${option}=${value}`);
      return `    ${name.padEnd(15)} ${description}${options.length > 0 ? `\n${' '.repeat(20)}${wrapped(options)}` : ''}`;
    })
    .join('\n');
}

function wrapped(options: readonly string[]): string {
  const lines: string[] = [];
  for (const option of options) {
    const last = lines.at(-1);
    if (last === undefined || last.length + option.length > 80) lines.push(option);
    else lines[lines.length - 1] = `${last} ${option}`;
  }
  return lines.join(`\n${' '.repeat(20)}`);
}

export interface ChosenModels {
  readonly contestants: readonly Contestant[];
  /** As trained, defaults included: what makes a run repeatable. */
  readonly settings: Readonly<Record<string, Settings>>;
  /** By model, once it is trained; empty without tuning. */
  readonly tuning: Readonly<Record<string, TuningRecord>>;
}

/** How a model's settings were found. */
export interface TuningRecord {
  readonly trials: number;
  /** NDCG@10 on the validation split, with the settings it began with and with those it ended at. */
  readonly before: number;
  readonly after: number;
}

export interface Tuning {
  readonly maxTrials: number;
  /** A split of the training part. */
  readonly validation: (train: Interactions) => Split;
}

/**
 * @param names comma-separated, or `all`
 * @param assignments each `<model>.<option>=<number>`
 * @param tuning absent: the settings are used as they are. Options that were assigned are never searched.
 * @throws MarqueeError CONFIG_INVALID naming what is not known
 */
export function chooseModels(
  names: string,
  assignments: readonly string[],
  training: (model: string, work: 'tuning' | 'training') => TrainingOptions,
  tuning?: Tuning,
): ChosenModels {
  const chosen = names === 'all' ? MODEL_NAMES : [...new Set(names.split(',').map((name) => name.trim()))];
  const unknown = chosen.find((name) => MODELS[name] === undefined);
  if (unknown !== undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--models: there is no "${unknown}"; there are ${MODEL_NAMES.join(', ')}`,
    );
  }
  const settings = Object.fromEntries(chosen.map((name) => [name, { ...MODELS[name]!.defaults }]));
  const assigned = assignments.map((assignment) => assign(settings, assignment));
  const found: Record<string, TuningRecord> = {};

  async function searchSettings(
    name: string,
    train: Interactions,
    { validation, maxTrials }: Tuning,
  ): Promise<void> {
    const search = searchFor(name, settings[name]!, train);
    if (search === undefined) return;
    const space = Object.fromEntries(
      Object.entries(search.space).filter(([option]) => !assigned.includes(`${name}.${option}`)),
    );
    const tuned = await tune(MODELS[name]!.train, validation(train), space, search.start, {
      ...training(name, 'tuning'),
      maxTrials,
    });
    settings[name] = { ...tuned.settings };
    found[name] = {
      trials: tuned.trials.length,
      before: tuned.trials[0]!.ndcg,
      after: Math.max(...tuned.trials.map(({ ndcg }) => ndcg)),
    };
  }

  return {
    settings,
    tuning: found,
    contestants: chosen.map((name) => ({
      name,
      async train({ train }) {
        if (tuning !== undefined) await searchSettings(name, train, tuning);
        return MODELS[name]!.train(train, { ...settings[name], ...training(name, 'training') });
      },
    })),
  };
}

/** @returns `<model>.<option>` */
function assign(settings: Record<string, Record<string, number>>, assignment: string): string {
  const [, model = '', option = '', text = ''] = /^([^.=]+)\.([^.=]+)=(.+)$/.exec(assignment) ?? [];
  const own = settings[model];
  const value = Number(text);
  if (own === undefined || text.trim() === '' || Number.isNaN(value)) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--set ${assignment}: give <model>.<option>=<number> for a model of --models`,
    );
  }
  if (own[option] === undefined) {
    const known = Object.keys(own).join(', ') || 'none';
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--set ${assignment}: ${model} has no ${option}; its options: ${known}`,
    );
  }
  own[option] = value;
  return `${model}.${option}`;
}
