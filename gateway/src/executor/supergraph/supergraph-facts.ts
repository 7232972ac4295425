/**
 * What there is to know of a supergraph beside its planner and the schema that clients see. Plain values, so that the thread
 * that reads supergraphs can hand them to the one that serves.
 */
import type { LabelFacts } from '../planning/override-labels.ts';
import type { HiddenFacts } from './hidden-names.ts';
import type { RequirementFacts } from './requirements.ts';
import type { TypeFacts } from './type-relations.ts';
import type { VirtualFieldFacts } from './virtual-fields.ts';

export interface SupergraphFacts {
  /** Addresses are as the supergraph has them. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  readonly types: TypeFacts;
  readonly hidden: HiddenFacts;
  /** Response names that the machinery of federation reads: a client's alias must not take one of them. */
  readonly machineFields: ReadonlySet<string>;
  readonly virtualFields: VirtualFieldFacts;
  readonly requirements: RequirementFacts;
  /** Absent: no field is moving. */
  readonly labels: LabelFacts | undefined;
}
