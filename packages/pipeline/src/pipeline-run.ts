/**
 * One run of a pipeline, stage kind by stage kind. Candidates are objects of this run alone, so fields are
 * added to them in place; the lists that stages see are looked at after each, so that no stage can change what
 * another one is given.
 */
import { type Attempted, attemptAll, ComponentFailed, orFail } from './attempt.ts';
import { BoundedContext, type RunClock } from './bounded-call.ts';
import { CandidateList } from './candidate-list.ts';
import { nameHash } from './component-random.ts';
import { LawBroken, PipelineFailure } from './errors.ts';
import {
  applyPatches,
  checkPatches,
  checkPermutation,
  checkProposals,
  checkQueryPatch,
  checkSelection,
} from './laws.ts';
import { cutToQuota, mergeProposals, type SourceProposals } from './merge.ts';
import { sortByScore } from './rank.ts';
import { type Removal, runFilter } from './run-filters.ts';
import type { Step } from './schedule.ts';
import type { Candidate, PipelineDefinition, PipelineResult, StageContext } from './stages.ts';
import { TimeSlice } from './time-slice.ts';
import { TraceRecorder } from './trace-recorder.ts';

export class PipelineRun<Q, C extends Candidate> {
  readonly #definition: PipelineDefinition<Q, C>;
  readonly #steps: readonly Step<Q, C>[];
  readonly #clock: RunClock;
  readonly #slice = new TimeSlice();
  readonly #trace: TraceRecorder;
  readonly #removed: Removal<Q, C>[] = [];

  constructor(
    definition: PipelineDefinition<Q, C>,
    steps: readonly Step<Q, C>[],
    options: { seed: number; deadlineMs: number },
  ) {
    const startedAt = performance.now();
    this.#definition = definition;
    this.#steps = steps;
    this.#clock = { seed: options.seed, deadlineAt: startedAt + options.deadlineMs };
    this.#trace = new TraceRecorder(definition.name, options.seed, startedAt);
  }

  /** @throws PipelineFailure */
  async execute(given: Q): Promise<PipelineResult<Q, C>> {
    try {
      const query = await this.#hydrateQuery(given);
      let candidates = await this.#propose(query);
      for (const step of this.#steps) {
        candidates = this.#filter(step, query, candidates);
        await this.#enrich(step, query, candidates);
      }
      const ranked = this.#rank(candidates);
      const { selected, nonSelected } = this.#select(query, this.#rerank(query, ranked));
      return Object.freeze({
        query,
        selected,
        nonSelected,
        removed: this.#removed,
        trace: this.#trace.trace(),
      });
    } catch (error) {
      if (!(error instanceof ComponentFailed)) throw error;
      this.#trace.add(error.trace);
      throw new PipelineFailure(error.trace.name, this.#trace.trace(), error.cause);
    }
  }

  async #hydrateQuery(given: Q): Promise<Readonly<Q>> {
    let query: Readonly<Q> = Object.freeze({ ...given });
    for (const phase of [1, 2] as const) {
      const hydrators = this.#definition.queryHydrators.filter((hydrator) => hydrator.phase === phase);
      if (hydrators.length === 0) continue;
      const view = query;
      const patches = await attemptAll(
        this.#clock,
        this.#slice,
        hydrators.map((component) => ({
          component,
          applies: component.applies && (() => component.applies?.(view)),
          call: (context: StageContext) => component.hydrate(view, context),
          check: (patch: Partial<Q>) => checkQueryPatch(patch as object, component.produces),
          defaults: component.defaults && (() => component.defaults!(view)),
        })),
        (attempted, index) => this.#record(hydrators[index]!, attempted),
      );
      query = Object.freeze(Object.assign({ ...view }, ...patches.map(({ value }) => value)) as Q);
    }
    return query;
  }

  async #propose(query: Readonly<Q>): Promise<CandidateList<C>> {
    const { candidateSources, createCandidate } = this.#definition;
    const cut: SourceProposals[] = [];
    await attemptAll(
      this.#clock,
      this.#slice,
      candidateSources.map((component) => ({
        component,
        applies: component.applies && (() => component.applies?.(query)),
        call: (context: StageContext) => component.propose(query, context),
        check: checkProposals,
        defaults: component.defaults && (() => component.defaults!(query)),
      })),
      (attempted, index) => {
        const { name, quota } = candidateSources[index]!;
        const proposals = attempted.value ?? [];
        const kept = cutToQuota(name, proposals, quota);
        cut.push(kept);
        this.#record(candidateSources[index]!, attempted, {
          input: proposals.length,
          output: kept.proposals.length,
        });
      },
    );
    const startedAt = performance.now();
    const merged = mergeProposals(cut);
    this.#trace.add({
      name: 'merge',
      kind: 'merge',
      outcome: 'ok',
      milliseconds: performance.now() - startedAt,
      input: cut.reduce((sum, { proposals }) => sum + proposals.length, 0),
      output: merged.length,
    });
    return orFail({ name: 'create-candidate', kind: 'merge' }, () => {
      const candidates = merged.map((proposal) => {
        const candidate = createCandidate.call(this.#definition, proposal, query);
        if (candidate.id !== proposal.id) throw new LawBroken(`made ${candidate.id} of ${proposal.id}`);
        if (!Object.isExtensible(candidate)) throw new LawBroken('made a candidate that cannot take fields');
        return candidate;
      });
      return new CandidateList(candidates);
    });
  }

  #filter(step: Step<Q, C>, query: Readonly<Q>, candidates: CandidateList<C>): CandidateList<C> {
    let rest = candidates;
    for (const filter of step.filters) {
      const { kept, trace } = orFail(filter, () => runFilter(filter, query, rest, this.#removed));
      this.#trace.add(trace);
      rest = kept;
    }
    return rest;
  }

  async #enrich(step: Step<Q, C>, query: Readonly<Q>, list: CandidateList<C>): Promise<void> {
    const { group } = step;
    if (group.length === 0) return;
    const candidates = list.items;
    const counts = { input: candidates.length, output: candidates.length };
    const attempts = await attemptAll(
      this.#clock,
      this.#slice,
      group.map((component) => ({
        component,
        applies: () => candidates.length > 0,
        call(context: StageContext) {
          const answer =
            component.kind === 'scorer'
              ? component.score(query, candidates, context)
              : component.hydrate(query, candidates, context);
          // What it has done to the list before it waited for anything is its own fault, whatever becomes of it.
          if (!list.isUnchanged) answer.catch(() => undefined);
          list.requireUnchanged();
          return answer;
        },
        check: (patches: readonly Partial<C>[]) => {
          list.requireUnchanged();
          checkPatches(candidates, patches, component.produces);
        },
        defaults: component.defaults && (() => component.defaults!(query, candidates)),
      })),
      (attempted, index) => this.#record(group[index]!, attempted, counts),
    );
    // Also those that failed and are done without.
    orFail(group[0]!, () => list.requireUnchanged());
    // Only now, so that no member of the group sees what another one has set.
    for (const [index, { value }] of attempts.entries()) {
      if (value !== undefined) applyPatches(candidates, value, group[index]!.produces);
    }
  }

  #rank({ items }: CandidateList<C>): CandidateList<C> {
    const { scoreOf } = this.#definition;
    return orFail({ name: 'rank', kind: 'rank' }, () => {
      return new CandidateList(sortByScore(items, (candidate) => scoreOf.call(this.#definition, candidate)));
    });
  }

  #rerank(query: Readonly<Q>, candidates: CandidateList<C>): CandidateList<C> {
    let ranked = candidates;
    for (const reranker of this.#definition.rerankers) {
      const { name, kind, produces } = reranker;
      const startedAt = performance.now();
      const { length } = ranked.items;
      const applies = length > 0 && orFail(reranker, () => reranker.applies?.(query)) !== false;
      if (applies) {
        ranked = orFail(reranker, () => {
          const context = new BoundedContext(this.#clock, nameHash(name));
          const reranked = reranker.rerank(query, ranked.items, context);
          ranked.requireUnchanged();
          checkPermutation(ranked.items, reranked, produces);
          // A reranker that changes nothing may return what it was given.
          return reranked === ranked.items ? ranked : new CandidateList(reranked);
        });
      }
      this.#trace.add({
        name,
        kind,
        outcome: applies ? 'ok' : 'skipped',
        milliseconds: performance.now() - startedAt,
        input: length,
        output: length,
      });
    }
    return ranked;
  }

  #select(
    query: Readonly<Q>,
    candidates: CandidateList<C>,
  ): { readonly selected: readonly C[]; readonly nonSelected: readonly C[] } {
    const { selector } = this.#definition;
    const { items } = candidates;
    const startedAt = performance.now();
    const selection = orFail(selector, () => {
      if (items.length === 0) return { selected: [], nonSelected: [] };
      const { selected, nonSelected } = selector.select(query, items);
      candidates.requireUnchanged();
      checkSelection(items, { selected, nonSelected });
      return { selected, nonSelected };
    });
    this.#trace.add({
      name: selector.name,
      kind: selector.kind,
      outcome: items.length > 0 ? 'ok' : 'skipped',
      milliseconds: performance.now() - startedAt,
      input: items.length,
      output: selection.selected.length,
    });
    return selection;
  }

  #record(
    { name, kind }: { readonly name: string; readonly kind: string },
    { outcome, milliseconds, error }: Attempted<unknown>,
    counts?: { input: number; output: number },
  ): void {
    this.#trace.add({ name, kind, outcome, milliseconds, ...counts, ...(error !== undefined && { error }) });
  }
}
