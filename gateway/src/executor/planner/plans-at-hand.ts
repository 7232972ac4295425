/**
 * Plans that another thread has made, for a thread that must not wait where it needs them. What is not there is asked for,
 * and whoever needed it comes again (`oncePlanned`). What could not be planned is remembered as well, so that
 * one document is not planned in vain for each of its requests.
 */
import { hash } from 'node:crypto';
import type { QueryPlan } from '@apollo/query-planner';
import { isMarqueeError } from '@marquee/service-kit';
import { type DocumentNode, print } from 'graphql';
import { LeastRecentlyUsed } from '../planning/least-recently-used.ts';
import type { MakePlan } from '../supergraph/supergraph.ts';
import { isUntouched, type SupergraphChange, selectedNames } from '../supergraph/supergraph-change.ts';

export interface PlanRequest {
  /** The document, as it is printed. */
  readonly text: string;
  readonly operationName: string | undefined;
  readonly overrides: readonly string[];
}

export type PlanOutcome = { readonly plan: QueryPlan } | { readonly failure: Error };

/** A plan that is being made. */
export class PlanPending extends Error {
  override readonly name = 'PlanPending';
  /** Resolves once the plan, or what is wrong with it, is at hand. Rejects where nobody could find out. */
  readonly made: Promise<void>;

  constructor(made: Promise<void>) {
    super('the plan is being made');
    this.made = made;
  }
}

export interface PlansAtHandOptions {
  /** Most plans are in a prepared operation as well, and cost nothing here. */
  readonly limit: number;
  ask(request: PlanRequest): Promise<PlanOutcome>;
  /** How long an operation that took too long is not tried again. Default 60,000. */
  readonly spareMs?: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
}

interface Kept {
  readonly outcome: PlanOutcome;
  readonly until: number;
  /** Of the fields that it is a plan for. */
  readonly names: ReadonlySet<string>;
}

/** Everything that can be planned of something without a request's variables. */
interface PlannedAhead {
  readonly keys: readonly string[];
  readonly names: ReadonlySet<string>;
}

export class PlansAtHand {
  readonly #options: PlansAtHandOptions;
  readonly #now: () => number;
  readonly #kept: LeastRecentlyUsed<string, Kept>;
  readonly #ahead: LeastRecentlyUsed<string, PlannedAhead>;
  readonly #pending = new Map<string, Promise<void>>();

  constructor(options: PlansAtHandOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#kept = new LeastRecentlyUsed(options.limit);
    this.#ahead = new LeastRecentlyUsed(options.limit);
  }

  /** @throws PlanPending; what was wrong when it was planned. */
  readonly get: MakePlan = (document, operationName, overrides = []) => {
    const request = { text: print(document), operationName, overrides };
    const key = keyOf(request);
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.until <= this.#now())
      throw new PlanPending(this.#ask(key, request, document));
    if ('failure' in kept.outcome) throw kept.outcome.failure;
    return kept.outcome.plan;
  };

  /** @param id of what was planned. @param document that it is in. */
  putAhead(id: string, document: DocumentNode, made: readonly { key: string; outcome: PlanOutcome }[]): void {
    const names = selectedNames(document);
    for (const { key, outcome } of made) this.#put(key, outcome, names);
    this.#ahead.set(id, { names, keys: made.map(({ key }) => key) });
  }

  /** Whether all that was planned ahead under the name is still here. */
  hasAhead(id: string): boolean {
    return this.#ahead.get(id)?.keys.every((key) => this.#kept.get(key) !== undefined) ?? false;
  }

  /** Takes over what another graph's plans and this one's have in common. @param change from that graph to this. */
  carryOver(from: PlansAtHand, change: SupergraphChange | undefined): void {
    for (const [key, kept] of from.#kept.entries()) {
      if (isUntouched(kept.names, change)) this.#kept.set(key, kept);
    }
    for (const [id, planned] of from.#ahead.entries()) {
      if (isUntouched(planned.names, change)) this.#ahead.set(id, planned);
    }
  }

  #put(key: string, outcome: PlanOutcome, names: ReadonlySet<string>): void {
    this.#kept.set(key, { outcome, names, until: Number.POSITIVE_INFINITY });
  }

  #ask(key: string, request: PlanRequest, document: DocumentNode): Promise<void> {
    const asked = this.#pending.get(key);
    if (asked !== undefined) return asked;
    const asking = this.#options
      .ask(request)
      .then(
        (outcome) => this.#put(key, outcome, selectedNames(document)),
        (failure: unknown) => {
          if (!isMarqueeError(failure) || failure.code !== 'DEADLINE_EXCEEDED') throw failure;
          // Trying again at once would take as long, and others would wait.
          this.#kept.set(key, {
            outcome: { failure },
            names: selectedNames(document),
            until: this.#now() + (this.#options.spareMs ?? 60_000),
          });
        },
      )
      .finally(() => this.#pending.delete(key));
    // Whoever waits for it hears of a failure; nobody need be waiting.
    asking.catch(() => undefined);
    this.#pending.set(key, asking);
    return asking;
  }
}

/** What one plan is told from another by. */
export function keyOf({ text, operationName = '', overrides }: PlanRequest): string {
  return hash('sha256', `${operationName}\n${overrides.join()}\n${text}`, 'base64');
}
