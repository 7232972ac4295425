/** Which values of subgraphs' JSON a leaf type lets through. Custom scalars mean what their subgraph says. */
import { type GraphQLLeafType, isEnumType } from 'graphql';

export type LeafCheck = (value: unknown) => boolean;

const CHECKS: Readonly<Record<string, LeafCheck>> = {
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: isIntegral,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  ID: (value) => typeof value === 'string' || isIntegral(value),
};

export function leafCheck(type: GraphQLLeafType): LeafCheck {
  if (!isEnumType(type)) return CHECKS[type.name] ?? (() => true);
  const names = new Set<unknown>(type.getValues().map(({ name }) => name));
  return (value) => names.has(value);
}

/** Written without an exponent, as integers are in GraphQL. */
function isIntegral(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 1e21;
}
