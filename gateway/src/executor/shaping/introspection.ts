/** `__schema` and `__type` are answered by the gateway itself, from the schema that clients see. */
import {
  type DocumentNode,
  execute,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { Data } from './object-plan.ts';

export type AnswerIntrospection = (variables: Readonly<Record<string, unknown>>) => Data;

/** @param variables as the client sent them. */
export function compileIntrospection(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): AnswerIntrospection {
  const document = introspectionDocument(operation, fragments);
  return (variableValues) => {
    const result = execute({ schema, document, variableValues });
    if (result instanceof Promise) throw new TypeError('introspection has no resolvers to wait for');
    return result.data ?? {};
  };
}

/** The operation with nothing at its root but `__schema` and `__type`. */
function introspectionDocument(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const inlined = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return isIntrospection(selection.name.value) ? [selection] : [];
      const below =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet;
      const selectionSet = below && inlined(below);
      return selectionSet === undefined || selectionSet.selections.length === 0
        ? []
        : [{ kind: Kind.INLINE_FRAGMENT, directives: selection.directives ?? [], selectionSet }];
    }),
  });
  const selectionSet = inlined(operation.selectionSet);
  const used = new Set<string>();
  const reachable = new Map<string, FragmentDefinitionNode>();
  const read = (set: SelectionSetNode): void => {
    visit(set, {
      Variable: ({ name }) => void used.add(name.value),
      FragmentSpread({ name: { value: name } }) {
        const fragment = fragments.get(name);
        if (fragment === undefined || reachable.has(name)) return;
        reachable.set(name, fragment);
        read(fragment.selectionSet);
      },
    });
  };
  read(selectionSet);
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) =>
    used.has(variable.name.value),
  );
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet, variableDefinitions }, ...reachable.values()],
  };
}

function isIntrospection(name: string): boolean {
  return name === '__schema' || name === '__type';
}
