/** The models by the names they have on the command line, and their options: `--set ease.lambda=200`. */
import { MarqueeError } from '@marquee/service-kit';
import {
  CONTENT_DEFAULTS,
  type Contestant,
  EASE_DEFAULTS,
  IALS_DEFAULTS,
  type Interactions,
  ITEM_KNN_DEFAULTS,
  type RetrievalModel,
  SEQUENCE_TOWER,
  SEQUENTIAL_DEFAULTS,
  type Split,
  searchFor,
  type TitleContent,
  TRANSITIONS_DEFAULTS,
  type Train,
  type TrainingOptions,
  TWO_TOWER_DEFAULTS,
  trainBlend,
  trainContent,
  trainEase,
  trainIals,
  trainItemKnn,
  trainPopular,
  trainSequential,
  trainTransitions,
  trainTwoTower,
  tune,
} from '@marquee/training';

type Settings = Readonly<Record<string, number>>;

interface ModelEntry {
  readonly description: string;
  readonly defaults: Settings;
  readonly train: Train<object>;
  /** Takes so long that it is kept, alone and as a member of blends, instead of being trained again on the same data. */
  readonly kept?: boolean;
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
  content: {
    description: 'content vectors like those of the history, as similarity search is served',
    defaults: CONTENT_DEFAULTS,
    train: trainContent,
  },
  transitions: {
    description: 'what people go on to, decayed',
    defaults: TRANSITIONS_DEFAULTS,
    train: trainTransitions,
  },
  ease: { description: 'linear, closed form', defaults: EASE_DEFAULTS, train: trainEase },
  ials: { description: 'matrix factorisation', defaults: { ...IALS_DEFAULTS }, train: trainIals },
  sequential: {
    description: 'small transformer over the order; minutes=0: no limit',
    defaults: { ...SEQUENTIAL_DEFAULTS },
    train: trainSequential,
    kept: true,
  },
  'two-tower': {
    description: 'user and title networks, with genres and years where there are any',
    defaults: { ...TWO_TOWER_DEFAULTS },
    train: trainTwoTower,
    kept: true,
  },
  'sequence-tower': {
    description: 'the same, but for a user network that reads histories in their order',
    defaults: { ...TWO_TOWER_DEFAULTS, ...SEQUENCE_TOWER },
    train: trainTwoTower,
    kept: true,
  },
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
  /** Weights by member by blend, once it is trained. */
  readonly blends: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** How a model's settings were found. */
export interface TuningRecord {
  readonly trials: number;
  /** NDCG@10 on the validation split, with the settings it began with and with those it ended at. */
  readonly before: number;
  readonly after: number;
}

export interface ModelChoice {
  /** Comma-separated, or `all`; names with `+` between are a blend of those models. */
  readonly names: string;
  /** Each `<model>.<option>=<number>`. */
  readonly assignments: readonly string[];
  readonly training: (model: string, work: 'tuning' | 'training') => TrainingOptions;
  /** What titles are about, by item; asked for when training begins. */
  readonly content?: () => TitleContent;
  /** Content vectors by item, as serving has them; asked for when training begins. */
  readonly vectors?: () => readonly (Float32Array | undefined)[];
  /** A split of the training part, for whatever has to be chosen. */
  readonly validation: (train: Interactions) => Split;
  /**
   * The split of the training part whose targets are the last interactions of these users. Given where that is a validation split
   * in the manner of the test: then what networks have kept from training for themselves serves for the weights of blends too.
   */
  readonly validationOf?: (train: Interactions, users: Uint32Array) => Split;
  /** Trainings per model at most to find its settings by; absent: they are used as they are. Assigned options are never searched. */
  readonly tuningTrials?: number;
}

/** @throws MarqueeError CONFIG_INVALID naming what is not known */
export function chooseModels(choice: ModelChoice): ChosenModels {
  const { names, assignments, training, content, vectors, validation, validationOf, tuningTrials } = choice;
  const chosen = names === 'all' ? MODEL_NAMES : [...new Set(names.split(',').map((name) => name.trim()))];
  const membersOf = (name: string): string[] => [...new Set(name.split('+').map((member) => member.trim()))];
  const models = [...new Set(chosen.flatMap(membersOf))];
  const unknown = models.find((name) => MODELS[name] === undefined);
  if (unknown !== undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--models: there is no "${unknown}"; there are ${MODEL_NAMES.join(', ')}`,
    );
  }
  const settings = Object.fromEntries(models.map((name) => [name, { ...MODELS[name]!.defaults }]));
  const assigned = assignments.map((assignment) => assign(settings, assignment));
  const tuning: Record<string, TuningRecord> = {};
  const blends: Record<string, Record<string, number>> = {};

  /** Once per model, also when it is a member of several blends. */
  async function searchSettings(name: string, train: Interactions): Promise<void> {
    const search = searchFor(name, settings[name]!, train);
    if (search === undefined || tuningTrials === undefined || tuning[name] !== undefined) return;
    const space = Object.fromEntries(
      Object.entries(search.space).filter(([option]) => !assigned.includes(`${name}.${option}`)),
    );
    const found = await tune(MODELS[name]!.train, validation(train), space, search.start, {
      ...training(name, 'tuning'),
      maxTrials: tuningTrials,
    });
    settings[name] = { ...found.settings };
    tuning[name] = {
      trials: found.trials.length,
      before: found.trials[0]!.ndcg,
      after: Math.max(...found.trials.map(({ ndcg }) => ndcg)),
    };
  }

  const kept = new WeakMap<Interactions, Map<string, RetrievalModel>>();
  async function trainOne(name: string, train: Interactions): Promise<RetrievalModel> {
    const own = kept.get(train) ?? new Map<string, RetrievalModel>();
    const model =
      own.get(name) ??
      (await MODELS[name]!.train(train, {
        ...settings[name],
        ...(content && { content: content() }),
        ...(vectors && { vectors: vectors() }),
        ...training(name, 'training'),
      }));
    if (MODELS[name]!.kept === true) kept.set(train, own.set(name, model));
    return model;
  }
  /** The same split for all blends, so that what is kept is found again. */
  const validations = new WeakMap<Interactions, Split>();
  function blendValidation(train: Interactions): Split {
    const split = validations.get(train) ?? validation(train);
    validations.set(train, split);
    return split;
  }

  /** Trains the networks among the members. Undefined unless all of them have kept the same back: then they need no second training. */
  async function withheldSplit(members: readonly string[], train: Interactions): Promise<Split | undefined> {
    const networks = members.filter((member) => MODELS[member]!.kept === true);
    if (validationOf === undefined || networks.length === 0) return undefined;
    const withheld: Uint32Array[] = [];
    for (const network of networks)
      withheld.push((await trainOne(network, train)).withheld ?? new Uint32Array());
    const users = withheld[0]!;
    const alike = withheld.every(
      (own) => own.length === users.length && own.every((user, i) => user === users[i]),
    );
    return users.length > 0 && alike ? validationOf(train, users) : undefined;
  }

  return {
    settings,
    tuning,
    blends,
    contestants: chosen.map((name) => ({
      name,
      async train({ train }) {
        const members = membersOf(name);
        for (const member of members) await searchSettings(member, train);
        if (members.length === 1) return trainOne(members[0]!, train);
        const withheld = await withheldSplit(members, train);
        const { model, weights } = await trainBlend(
          train,
          members.map((member) => ({
            name: member,
            // What has not learned from the targets may be asked for them.
            train: (part) => trainOne(member, withheld && MODELS[member]!.kept === true ? train : part),
          })),
          withheld ?? blendValidation(train),
          training(name, 'training'),
        );
        blends[name] = { ...weights };
        return model;
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
