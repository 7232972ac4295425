/**
 * The prepared operations of one supergraph. Looked up by the hash of the text that a client sent and the name of
 * the operation in it; on a miss by the operation's normalised text, so that layout costs no planning.
 */
import { createHash } from 'node:crypto';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { DeniedFields } from './planning/denied-fields.ts';
import { LeastRecentlyUsed } from './planning/least-recently-used.ts';
import { isolateOperation, normalisedText } from './planning/operation.ts';
import { type PreparedOperation, prepareOperation } from './prepared-operation.ts';
import type { LoadedSupergraph } from './supergraph/supergraph.ts';
import { isUntouched, type SupergraphChange, selectedNames } from './supergraph/supergraph-change.ts';

/** What was made over one schema holds on to it: so many of those that are gone are in memory at most. */
const MAX_CARRIED = 8;

export class OperationStore {
  readonly #supergraph: LoadedSupergraph;
  readonly #bySource: LeastRecentlyUsed<string, PreparedOperation>;
  readonly #byText: LeastRecentlyUsed<string, PreparedOperation>;

  constructor(supergraph: LoadedSupergraph, limit: number) {
    this.#supergraph = supergraph;
    this.#bySource = new LeastRecentlyUsed(limit);
    this.#byText = new LeastRecentlyUsed(limit);
  }

  /**
   * @param sourceHash of the document's text. @param document valid over the supergraph's API schema.
   * @param denied what the request may not read: part of what is looked up by.
   * @param overrides labels that are on for the request: the same.
   * @throws GraphQLError for an operation that cannot be planned.
   */
  prepared(
    sourceHash: string,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    denied?: DeniedFields,
    overrides: readonly string[] = [],
  ): PreparedOperation {
    const key = `${sourceHash} ${operation.name?.value ?? ''} ${denied?.key ?? ''} ${overrides.join()}`;
    const known = this.#bySource.get(key);
    if (known !== undefined) return known;
    const prepared = this.planned(document, operation, denied, overrides);
    this.#bySource.set(key, prepared);
    return prepared;
  }

  /** Without a hash: for operations that nobody has sent yet. */
  planned(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    denied?: DeniedFields,
    overrides: readonly string[] = [],
  ): PreparedOperation {
    const isolated = isolateOperation(document, operation);
    const labels = this.#supergraph.overrides?.concerning(isolated, overrides) ?? [];
    const key = createHash('sha256')
      .update(`${denied?.key ?? ''}\n${labels.join()}\n${normalisedText(isolated)}`)
      .digest('base64');
    const prepared = this.#byText.get(key) ?? prepareOperation(isolated, this.#supergraph, denied, labels);
    this.#byText.set(key, prepared);
    return prepared;
  }

  /** What has to be made anew for the next supergraph, last used first. */
  touchedBy(change: SupergraphChange | undefined): readonly PreparedOperation[] {
    const all = new Set([...this.#bySource.values(), ...this.#byText.values()]);
    return [...all].filter((operation) => !isCarried(operation, change));
  }

  /** Takes over from the supergraph before what a change has not touched, as warm as it is. */
  carryOver(from: OperationStore, change: SupergraphChange | undefined): void {
    const carried = new Set<PreparedOperation>();
    for (const [key, operation] of from.#byText.entries()) {
      if (!isCarried(operation, change)) continue;
      this.#byText.set(key, operation);
      carried.add(operation);
    }
    for (const [key, operation] of from.#bySource.entries()) {
      if (!isCarried(operation, change)) continue;
      this.#bySource.set(key, operation);
      carried.add(operation);
    }
    for (const operation of carried) operation.carryTo(this.#supergraph);
  }
}

function isCarried({ carried, document }: PreparedOperation, change: SupergraphChange | undefined): boolean {
  return carried < MAX_CARRIED && isUntouched(selectedNames(document), change);
}
