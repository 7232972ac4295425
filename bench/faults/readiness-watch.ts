/** Asks every process of the platform several times a second how it is, and remembers when that changed. */
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

const EVERY_MS = 200;
const WITHIN_MS = 1_000;
/** What standing by and the like say all the time. */
const USUAL = /standing by/;

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
    this.#timer = setInterval(() => {
      for (const spec of this.#specs) if (!this.#asking.has(spec.name)) void this.#ask(spec);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  stateOf(process: string): ProcessState {
    return this.#states.get(process) ?? { ready: 'away', remarks: [] };
  }

  /** Everybody is ready and has nothing to remark. */
  get allWell(): boolean {
    return this.#specs.every(({ name }) => {
      const { ready, remarks } = this.stateOf(name);
      return ready === true && remarks.length === 0;
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
    const answer = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(WITHIN_MS) });
    const { ready, components } = (await answer.json()) as {
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
