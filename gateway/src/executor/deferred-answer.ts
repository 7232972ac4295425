/**
 * What comes after the first part of an answer: the deferred fragments, each as soon as what it needs has been
 * fetched. Nothing of it is fetched before the first part is complete, so that what can wait never delays what
 * cannot; and nothing before somebody reads, so that a client that has gone away costs no more.
 */
import { GraphQLError } from 'graphql';
import type { Data } from './plan/data.ts';
import { explainedNulls } from './plan/explained-nulls.ts';
import { type KeyMeanings, relevantErrors } from './plan/relevant-errors.ts';
import type { GatheredData } from './plan/run-plan.ts';
import type { DeferredSteps, Step } from './plan/steps.ts';
import type { PlacedError } from './plan/subgraph-errors.ts';
import { type CompletionProblem, completionErrors } from './shaping/completion-error.ts';
import type { DeferredPlace, ShapedResult } from './shaping/shape.ts';

type Path = readonly (string | number)[];

/** One deferred fragment of one object. */
export interface PendingPart {
  /** Unique in the answer. */
  readonly id: string;
  /** The client's. */
  readonly label: string | undefined;
  /** Of the object in the answer. */
  readonly path: Path;
}

export interface DeliveredPart extends PendingPart {
  /** The whole fragment but what is deferred in it. Null: something in it could not be null and is. */
  readonly data: Data | null;
  /** Not empty where the data is null. */
  readonly errors: readonly GraphQLError[];
}

/** What became ready together. */
export interface LaterAnswer {
  /** Found in what is delivered here: deferred fragments inside deferred fragments. */
  readonly pending: readonly PendingPart[];
  readonly delivered: readonly DeliveredPart[];
  readonly hasNext: boolean;
}

export interface DeferredAnswer {
  /** Not empty. */
  readonly pending: readonly PendingPart[];
  /** To be read once. Stops fetching when whoever reads stops reading. */
  parts(): AsyncGenerator<LaterAnswer, void, void>;
}

export interface DeferredAnswerOptions {
  readonly steps: readonly DeferredSteps[];
  /** The first part. */
  readonly first: ShapedResult;
  readonly firstErrors: readonly PlacedError[];
  /** By our label the client's. */
  readonly labels: ReadonlyMap<string, string | undefined>;
  readonly introspection: Data;
  /** Adds to the data that was gathered before. Never rejects. */
  gather(step: Step): Promise<GatheredData>;
  readonly keys: KeyMeanings;
}

interface Opened {
  readonly steps: DeferredSteps;
  readonly places: readonly (DeferredPlace & PendingPart)[];
  /** What may be found in it. */
  readonly inside: readonly DeferredSteps[];
}

interface Gathered extends Opened {
  readonly errors: readonly PlacedError[];
}

/** @returns undefined where nothing that the answer has is deferred. */
export function deferredAnswer(options: DeferredAnswerOptions): DeferredAnswer | undefined {
  let ids = 0;
  const known: PlacedError[] = [...options.firstErrors];

  /** @param base where the shaped data is in the answer. */
  function open(steps: readonly DeferredSteps[], { data, deferred }: ShapedResult, base: Path): Opened[] {
    const there = deferred.filter(({ path }) => isThere(data, path.slice(base.length)));
    return steps.flatMap((each) => {
      const places = there
        .filter(({ label }) => label === each.label)
        .map(({ path, shape }) => ({
          id: `${ids++}`,
          label: options.labels.get(each.label) as string,
          path,
          shape,
        }));
      // The planner puts a nested fragment beside the one around it where nothing that this one fetches is needed for it.
      const inside = [...each.deferred, ...steps.filter((other) => other !== each)];
      return places.length === 0 ? [] : [{ steps: each, places, inside }];
    });
  }

  function deliver({ places, inside, errors }: Gathered) {
    known.push(...errors);
    const explains = explainedNulls(known, options.keys);
    const opened: Opened[] = [];
    const delivered = places.map((place, index): DeliveredPart => {
      const shaped = place.shape(options.introspection);
      opened.push(...open(inside, shaped, place.path));
      const own = errors.filter(({ error }) => isAbout(error.path, place.path, index));
      const { id, label, path } = place;
      return { id, label, path, data: shaped.data, errors: errorsOf(shaped, own, path, explains) };
    });
    return { opened: together(opened), delivered };
  }

  function errorsOf(
    { data, problems }: ShapedResult,
    placed: readonly PlacedError[],
    path: Path,
    explains: (path: Path) => boolean,
  ) {
    const errors = [
      ...relevantErrors(placed, around(data, path), options.keys),
      ...completionErrors(problems, explains),
    ];
    if (data !== null || errors.length > 0) return errors;
    // Explained in an earlier part, perhaps; this one has to say it too.
    return problems.map(restated);
  }

  const opened = open(options.steps, options.first, []);
  if (opened.length === 0) return undefined;
  return {
    pending: opened.flatMap(({ places }) => places.map(pendingPart)),
    async *parts() {
      const ready: Gathered[] = [];
      let running = 0;
      let wake = (): void => undefined;
      const begin = (next: Opened): void => {
        running++;
        void options.gather(next.steps.step).then(({ errors }) => {
          ready.push({ ...next, errors });
          wake();
        });
      };
      for (const each of opened) begin(each);
      while (running > 0) {
        if (ready.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const batch = ready.splice(0).map(deliver);
        running -= batch.length;
        const next = batch.flatMap((each) => each.opened);
        yield {
          pending: next.flatMap(({ places }) => places.map(pendingPart)),
          delivered: batch.flatMap(({ delivered }) => delivered),
          hasNext: running + next.length > 0,
        };
        for (const each of next) begin(each);
      }
    },
  };
}

/** What the client may not read is no fault of ours; said as of the whole answer, without telling which item it was. */
function restated({ kind, message, path }: CompletionProblem): GraphQLError {
  return kind === 'removed'
    ? new GraphQLError('Unauthorized field or type', {
        path: path.map((part) => (typeof part === 'number' ? '@' : part)),
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
      })
    : new GraphQLError(message, { path });
}

/** Nested fragments of all places of one fragment are fetched for together. */
function together(opened: readonly Opened[]): Opened[] {
  const bySteps = Map.groupBy(opened, ({ steps }) => steps);
  return [...bySteps.values()].map((each) => ({
    ...(each[0] as Opened),
    places: each.flatMap(({ places }) => places),
  }));
}

function pendingPart({ id, label, path }: PendingPart): PendingPart {
  return { id, label, path };
}

/** What says nothing about its place is told once. */
function isAbout(at: Path | undefined, place: Path, index: number): boolean {
  return at === undefined ? index === 0 : place.every((part, i) => at[i] === part);
}

/** An object may have been shaped and then been lost with what is around it. */
function isThere(data: unknown, path: Path): boolean {
  let at = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<string | number, unknown>)[part];
  }
  return typeof at === 'object' && at !== null;
}

/** The data as the whole answer has it, with nothing beside it. */
function around(data: unknown, path: Path): unknown {
  return path.reduceRight<unknown>((inside, part) => ({ [part]: inside }), data);
}
