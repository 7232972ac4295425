/** Who may read the schema, where some may: whoever has the scope. Where all or none may, Apollo Server sees to it. */
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { z } from 'zod';
import { asGraphQLError } from '../errors/http-errors.ts';
import type { GatewayPlugin } from './in-one.plugin.ts';

export const INTROSPECTION_SCOPE = 'schema:read';
export const INTROSPECTION_POLICIES = ['allowed', 'scoped', 'refused'] as const;
export type IntrospectionPolicy = (typeof INTROSPECTION_POLICIES)[number];

export const INTROSPECTION_VARIABLES = {
  /** Whether clients may read the schema; `scoped`: those with the scope `schema:read`. Default: in development. */
  MARQUEE_INTROSPECTION: z.enum(INTROSPECTION_POLICIES).optional(),
};

export function introspectionPlugin(): GatewayPlugin {
  const known = new WeakMap<OperationDefinitionNode, boolean>();
  return {
    requestDidStart: ({ contextValue: { planOnly, viewer } }) => {
      if (planOnly || viewer?.scopes.includes(INTROSPECTION_SCOPE)) return undefined;
      return {
        didResolveOperation: ({ document, operation }) => {
          if (operation === undefined || operation === null) return;
          const asks = known.get(operation) ?? asksForSchema(document, operation.selectionSet);
          known.set(operation, asks);
          if (!asks) return;
          throw asGraphQLError(
            new MarqueeError('FORBIDDEN', `Reading the schema needs the scope ${INTROSPECTION_SCOPE}.`),
          );
        },
      };
    },
  };
}

/** @param document valid: no fragment of it contains itself. */
function asksForSchema(document: DocumentNode, { selections }: SelectionSetNode): boolean {
  const visited = new Set<string>();
  const asks = (each: SelectionSetNode['selections'][number]): boolean => {
    if (each.kind === Kind.FIELD) return each.name.value === '__schema' || each.name.value === '__type';
    if (each.kind === Kind.INLINE_FRAGMENT) return each.selectionSet.selections.some(asks);
    const { value: name } = each.name;
    if (visited.has(name)) return false;
    visited.add(name);
    return document.definitions.some(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION &&
        definition.name.value === name &&
        definition.selectionSet.selections.some(asks),
    );
  };
  return selections.some(asks);
}
