/** The seam between the executor and whoever decides what a request may read. */
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { DeniedFields } from './planning/denied-fields.ts';
import type { OperationResult } from './prepared-operation.ts';

export interface JudgedRequest<Context> {
  /** Of the document's text. */
  readonly documentHash: string;
  /** Valid over the schema. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: Context;
}

export interface AccessDecision {
  /** Neither fetched nor shown. */
  readonly denied?: DeniedFields;
  /** To be told beside the answer, or instead of it. */
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Nothing is executed. */
  readonly refused?: boolean;
}

/** Made once per supergraph. @param schema what clients see. */
export type AccessControl<Context> = (
  schema: GraphQLSchema,
  supergraphSdl: string,
) => { judge(request: JudgedRequest<Context>): AccessDecision };

/** The answer with what is to be told beside it. */
export function withDecision(
  answer: OperationResult,
  { errors = [], extensions }: AccessDecision,
): OperationResult & Pick<AccessDecision, 'extensions'> {
  // An operation that could not be run has nothing that could have been left out.
  if (answer.data === undefined) return answer;
  const all = [...(answer.errors ?? []), ...errors];
  return {
    data: answer.data,
    ...(all.length === 0 ? {} : { errors: all }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}
