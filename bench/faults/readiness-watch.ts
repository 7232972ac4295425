/** Asks every process of the platform how it is, several times a second while a fault is looked at, and remembers when that changed. */
import { request } from 'undici';
import type { ProcessSpec } from '../../packages/standalone/src/distributed/topology.ts';

export interface ProcessState {
  /** `away`: nothing answers. */
  readonly ready: boolean | 'away';
  /** Parts that are not ready or have something to say, e.g. `online-store: refuses connections`. */
  readonly remarks: readonly string[];
}

export interface StateChange extends ProcessState {
  readonly at: number;
  readonly process: string;
}

const EVERY_MS = 1_000;
/** While something is about to change. Asking 21 processes so often all the time would be a load of its own. */
const CLOSELY_EVERY_MS = 200;
const WITHIN_MS = 1_000;
/**
 * What those say all the time who stand by, who name what they serve and nothing else, who have nothing of what they count, or who are at the job
 * that they are there for.
 */
const USUAL =
  /standing by|^[^;]* serves$|^none$|^training$|^\S+ in (?:candidate|shadow|canary|production|archived): /;

export class ReadinessWatch {
  readonly changes: StateChange[] = [];
  readonly #specs: readonly ProcessSpec[];
  readonly #now: () => number;
  readonly #states = new Map<string, ProcessState>();
  readonly #asking = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(specs: readonly ProcessSpec[], now: () => number) {
    this.#specs = specs;
    this.#now = now;
  }

  async start(): Promise<void> {
    await Promise.all(this.#specs.map((spec) => this.#ask(spec)));
    this.lookClosely(false);
  }

  lookClosely(closely: boolean): void {
    clearInterval(this.#timer);
    const everyMs = closely ? CLOSELY_EVERY_MS : EVERY_MS;
    this.#timer = setInterval(() => {
      for (const spec of this.#specs) if (!this.#asking.has(spec.name)) void this.#ask(spec);
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  stateOf(process: string): ProcessState {
    return this.#states.get(process) ?? { ready: 'away', remarks: [] };
  }

  /** What is known of a process is of one that has ended. */
  forget(process: string): void {
    this.#states.set(process, { ready: 'away', remarks: [] });
  }

  /** Who is not ready or has something to remark, and what. */
  complaints(): readonly string[] {
    return this.#specs.flatMap(({ name }) => {
      const { ready, remarks } = this.stateOf(name);
      if (ready === true && remarks.length === 0) return [];
      const state = ready === 'away' ? 'does not answer' : ready ? 'is ready' : 'is not ready';
      return [[`${name} ${state}`, ...remarks].join(': ')];
    });
  }

  async #ask(spec: ProcessSpec): Promise<void> {
    this.#asking.add(spec.name);
    const state = await stateOf(spec);
    this.#asking.delete(spec.name);
    const known = this.#states.get(spec.name);
    this.#states.set(spec.name, state);
    if (known?.ready === state.ready && known.remarks.join() === state.remarks.join()) return;
    this.changes.push({ ...state, at: this.#now(), process: spec.name });
  }
}

async function stateOf({ port }: ProcessSpec): Promise<ProcessState> {
  try {
    // Not fetch: asking everybody all the time would cost a tenth of the machine that is measured.
    const answer = await request(`http://127.0.0.1:${port}/ready`, {
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const { ready, components } = (await answer.body.json()) as {
      ready: boolean;
      components: Record<string, { ready: boolean; detail?: string; fallback?: string }>;
    };
    const remarks = Object.entries(components).flatMap(([name, one]) =>
      one.ready && (one.detail === undefined || USUAL.test(one.detail))
        ? []
        : [`${name}: ${one.detail ?? 'not ready'}`],
    );
    return { ready, remarks };
  } catch {
    return { ready: 'away', remarks: [] };
  }
}
