/**
 * Keeps the query planner from drowning in ways that come to the same. Where several subgraphs know an interface as one
 * object, or each object of an interface can be had from several, a step through it can be made in many ways, and they
 * multiply with every step: an operation four steps deep is not planned in a minute, or takes gigabytes. From some number
 * on all that matters is where a way has ended; of those that end in the same places the shortest is enough.
 *
 * The planner has no seam for this, so its function is wrapped, once, and does what it always did except while
 * `withBoundedOptions` runs. ADR 0037.
 */
import { createRequire } from 'node:module';
import { mendFetchOrder } from './ordered-fetches.ts';

/** Ways up to here are left to the planner, which weighs them in the light of the whole operation. */
const UNBOUNDED = 8;

/** The planner's own, as far as they are looked at: a way to the objects that a selection is about, from the root. */
interface Path {
  readonly tail: { readonly index: number };
  readonly deferOnTail?: object;
  tailPossibleRuntimeTypes(): readonly { readonly name: string }[];
  subgraphJumps(): number;
}
/** Paths that are taken side by side. */
interface Option {
  readonly paths: readonly Path[];
}
interface GraphPaths {
  createInitialOptions(...given: unknown[]): Option[];
  /** @returns undefined where there is no way; none where there never is an object. */
  advanceSimultaneousPathsWithOperation(
    schema: unknown,
    option: Option,
    operation: object,
    overrides: unknown,
  ): Option[] | undefined;
}

/** All options for one place of an operation. */
class Stage {
  readonly #next = new Map<object, Stage>();
  /** By where they end: the fewest steps between subgraphs. */
  readonly #jumps = new Map<string, number>();
  #kept = 0;

  after(operation: object): Stage {
    const next = this.#next.get(operation) ?? new Stage();
    this.#next.set(operation, next);
    return next;
  }

  keeps({ paths }: Option): boolean {
    const ends = [...new Set(paths.map(endOf))].sort().join('\n');
    const jumps = paths.reduce((sum, path) => sum + path.subgraphJumps(), 0);
    const fewest = this.#jumps.get(ends) ?? Number.POSITIVE_INFINITY;
    if (this.#kept >= UNBOUNDED && fewest <= jumps) return false;
    this.#jumps.set(ends, Math.min(fewest, jumps));
    this.#kept++;
    return true;
  }
}

/** What is possible from here on depends on nothing else. */
function endOf(path: Path): string {
  const types = path.tailPossibleRuntimeTypes().map(({ name }) => name);
  return `${path.tail.index} ${types.sort().join()} ${path.deferOnTail === undefined ? '' : JSON.stringify(path.deferOnTail)}`;
}

let bounded: { readonly stages: WeakMap<Option, Stage>; onBounded(): void } | undefined;
let isWrapped = false;

/**
 * @param plan synchronous; everything that the planner does meanwhile is bounded.
 * @param onBounded told when some are left out, before any plan is weighed. May be called again and again.
 */
export function withBoundedOptions<Result>(plan: () => Result, onBounded: () => void): Result {
  if (!isWrapped) wrap();
  const outer = bounded;
  bounded = { stages: new WeakMap(), onBounded };
  try {
    return plan();
  } finally {
    bounded = outer;
  }
}

function wrap(): void {
  // The planner's own, whatever else may be installed.
  const ofPlanner = createRequire(createRequire(import.meta.url).resolve('@apollo/query-planner'));
  mendFetchOrder(ofPlanner('@apollo/federation-internals').MapWithCachedArrays);
  const paths: GraphPaths = ofPlanner('@apollo/query-graphs/dist/graphPath.js');
  const { createInitialOptions, advanceSimultaneousPathsWithOperation } = paths;
  paths.createInitialOptions = (...given) => {
    const options = createInitialOptions(...given);
    const stage = new Stage();
    for (const option of options) bounded?.stages.set(option, stage);
    return options;
  };
  paths.advanceSimultaneousPathsWithOperation = (schema, option, operation, overrides) => {
    const options = advanceSimultaneousPathsWithOperation(schema, option, operation, overrides);
    const stage = bounded?.stages.get(option)?.after(operation);
    if (stage === undefined || options === undefined || options.length === 0) return options;
    const kept = options.filter((each) => stage.keeps(each));
    if (kept.length < options.length) bounded?.onBounded();
    for (const each of kept) bounded?.stages.set(each, stage);
    return kept.length === 0 ? undefined : kept;
  };
  isWrapped = true;
}
