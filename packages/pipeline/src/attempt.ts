/** One try of a component that may fail: within its time, and with its own answer to failure. */
import { BoundedContext, boundedCall, type RunClock } from './bounded-call.ts';
import { nameHash } from './component-random.ts';
import { isProgrammerError, RunAbandoned } from './errors.ts';
import type { ComponentOutcome, ComponentTrace, OnFailure, StageContext } from './stages.ts';
import type { TimeSlice } from './time-slice.ts';

export interface Attemptable<T> {
  readonly component: {
    readonly name: string;
    readonly kind: string;
    readonly onFailure: OnFailure;
    readonly timeoutMs: number;
  };
  /** Asked first; absent: applies. */
  applies?: (() => boolean | undefined) | undefined;
  call(context: StageContext): Promise<T>;
  /** Throws LawBroken. Defaults are held to the same laws. */
  check(value: T): void;
  defaults?: (() => T) | undefined;
}

export interface Attempted<T> {
  /** Absent when the component was skipped or omitted. */
  readonly value: T | undefined;
  readonly outcome: ComponentOutcome;
  readonly milliseconds: number;
  readonly error?: string;
}

/** A component has failed the run; `trace` is its own entry. */
export class ComponentFailed extends Error {
  override readonly name = 'ComponentFailed';
  readonly trace: ComponentTrace;

  constructor(
    component: { readonly name: string; readonly kind: string },
    milliseconds: number,
    cause: unknown,
  ) {
    super(component.name, { cause });
    this.trace = {
      name: component.name,
      kind: component.kind,
      outcome: 'failed',
      milliseconds,
      error: messageOf(cause),
    };
  }
}

/** Calls a component that may not fail. */
export function orFail<T>(component: { readonly name: string; readonly kind: string }, call: () => T): T {
  const startedAt = performance.now();
  try {
    return call();
  } catch (error) {
    throw new ComponentFailed(component, performance.now() - startedAt, error);
  }
}

async function attempt<T>(of: Attemptable<T>, context: BoundedContext): Promise<Attempted<T>> {
  const { component } = of;
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  try {
    if (of.applies?.() === false) return { value: undefined, outcome: 'skipped', milliseconds: elapsed() };
    const value = await boundedCall((bounded) => of.call(bounded), context, component.timeoutMs);
    of.check(value);
    return { value, outcome: 'ok', milliseconds: elapsed() };
  } catch (error) {
    if (component.onFailure === 'fail' || isProgrammerError(error)) {
      throw new ComponentFailed(component, elapsed(), error);
    }
    if (component.onFailure === 'omit') {
      return { value: undefined, outcome: 'omitted', milliseconds: elapsed(), error: messageOf(error) };
    }
    return orFail(component, () => {
      const value = of.defaults!();
      of.check(value);
      return { value, outcome: 'defaulted', milliseconds: elapsed(), error: messageOf(error) };
    });
  }
}

/**
 * Attempts all at once, as far as the event loop is not held by it; answers come in the order asked. When one
 * fails the run, the others' signals are aborted and nobody waits for them.
 *
 * @param slice of the whole run: components that end without waiting follow one another in one turn.
 * @param finished is called in the order asked for every attempt that has ended, also when one fails the run.
 * @throws ComponentFailed
 */
export async function attemptAll<T>(
  run: RunClock,
  slice: TimeSlice,
  attemptables: readonly Attemptable<T>[],
  finished: (attempted: Attempted<T>, index: number) => void,
): Promise<readonly Attempted<T>[]> {
  const contexts = attemptables.map(({ component }) => new BoundedContext(run, nameHash(component.name)));
  const attempts: (Attempted<T> | undefined)[] = attemptables.map(() => undefined);
  let failed = false;
  try {
    await Promise.all(
      attemptables.map(async (attemptable, index) => {
        while (slice.spent) await slice.nextTurn();
        if (failed) return;
        attempts[index] = await attempt(attemptable, contexts[index]!);
      }),
    );
    return attempts as Attempted<T>[];
  } catch (error) {
    failed = true;
    for (const [index, context] of contexts.entries()) {
      if (attempts[index] === undefined) context.abort(new RunAbandoned('the run has failed'));
    }
    throw error;
  } finally {
    for (const [index, attempted] of attempts.entries()) {
      if (attempted !== undefined) finished(attempted, index);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
