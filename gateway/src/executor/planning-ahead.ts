/** Operations that are planned before anybody sends them: all that are in use, or expected to be, before a supergraph takes over. */
import type { Logger } from '@marquee/service-kit';
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import type { Generation } from './generations.ts';
import { oncePlanned } from './planner/planner.ts';
import type { Pause } from './planning/pauses.ts';
import type { PreparedOperation } from './prepared-operation.ts';

/** A swap does not wait longer for plans; what is then still missing is planned when it is asked for. */
const REPLAN_WITHIN_MS = 20_000;

export class PlanningAhead {
  readonly #generation: Pick<Generation<never>, 'plannable' | 'operations'>;
  readonly #logger: Logger;
  readonly #ready = new Set<PreparedOperation>();

  constructor(generation: Pick<Generation<never>, 'plannable' | 'operations'>, logger: Logger) {
    this.#generation = generation;
    this.#logger = logger;
  }

  /**
   * What was used last comes first; requests come in between.
   * @param inUse over another supergraph. @param expected texts of documents.
   */
  async replan(
    inUse: readonly Pick<PreparedOperation, 'document' | 'overrides'>[],
    expected: Iterable<string>,
    pause: Pause,
  ): Promise<void> {
    const until = performance.now() + REPLAN_WITHIN_MS;
    for (const { document, overrides } of inUse) {
      if (performance.now() > until) return;
      await this.prepare(document, overrides);
      await pause();
    }
    for (const text of expected) {
      if (performance.now() > until) return;
      await this.#expect(text);
      await pause();
    }
  }

  /** Whatever is not valid is skipped. @returns how many operations are ready. */
  async prepare(document: DocumentNode, overrides: readonly string[] = []): Promise<number> {
    const { plannable, operations } = this.#generation;
    let prepared = 0;
    for (const definition of operationsOf(document)) {
      try {
        const operation = operations.planned(document, definition, undefined, overrides);
        if (this.#ready.has(operation)) continue;
        await plannable.planAhead(document, definition.name?.value, overrides);
        await oncePlanned(() => operation.prepare());
        this.#ready.add(operation);
        prepared++;
      } catch (error) {
        this.#logger.warn({ err: error, operation: definition.name?.value }, 'operation not planned ahead');
      }
    }
    return prepared;
  }

  /** With its plans at hand, the rest is done when somebody sends it. What is wrong with it, they will be told. */
  async #expect(text: string): Promise<void> {
    try {
      if (!(await this.#generation.plannable.expect(text))) await this.prepare(parse(text));
    } catch (error) {
      this.#logger.debug({ err: error, document: text.slice(0, 200) }, 'document not planned ahead');
    }
  }
}

/** Subscriptions are planned when they begin: their clients wait for events anyway. */
function operationsOf({ definitions }: DocumentNode): OperationDefinitionNode[] {
  return definitions.filter(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation !== 'subscription',
  );
}
