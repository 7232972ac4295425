/**
 * `@cacheControl` of a supergraph: how long what a field or type says may be kept, and for whom. Subgraphs get it into
 * the supergraph with `@composeDirective`; its meaning is Apollo Server's
 * (https://www.apollographql.com/docs/apollo-server/performance/caching). Pure.
 */
import { type ConstDirectiveNode, Kind } from 'graphql';
import { supergraphDocument } from '../executor/supergraph/supergraph-document.ts';

const DIRECTIVE = 'cacheControl';

export interface CacheHint {
  readonly maxAgeSeconds?: number;
  readonly scope?: 'PUBLIC' | 'PRIVATE';
  /** A field of a composite type is worth as long as what it is in, instead of nothing. */
  readonly inherit?: true;
}

/** By `Type` and `Type.field`. Empty where the supergraph has none: reading it then costs nothing. */
export function readCacheHints(supergraphSdl: string): ReadonlyMap<string, CacheHint> {
  const hints = new Map<string, CacheHint>();
  if (!supergraphSdl.includes(`@${DIRECTIVE}`)) return hints;
  const note = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined) => {
    const directive = directives?.find(({ name }) => name.value === DIRECTIVE);
    if (directive !== undefined) hints.set(coordinate, hintOf(directive));
  };
  for (const definition of supergraphDocument(supergraphSdl).definitions) {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        note(definition.name.value, definition.directives);
        for (const field of definition.fields ?? []) {
          note(`${definition.name.value}.${field.name.value}`, field.directives);
        }
        break;
      case Kind.UNION_TYPE_DEFINITION:
        note(definition.name.value, definition.directives);
        break;
      default:
    }
  }
  return hints;
}

function hintOf({ arguments: given }: ConstDirectiveNode): CacheHint {
  const value = (name: string) => given?.find((argument) => argument.name.value === name)?.value;
  const maxAge = value('maxAge');
  const scope = value('scope');
  const inherit = value('inheritMaxAge');
  return {
    ...(maxAge?.kind === Kind.INT && { maxAgeSeconds: Math.max(0, Number(maxAge.value)) }),
    // Whatever is not plainly public is not public.
    ...(scope?.kind === Kind.ENUM && { scope: scope.value === 'PUBLIC' ? 'PUBLIC' : 'PRIVATE' }),
    ...(inherit?.kind === Kind.BOOLEAN && inherit.value && { inherit: true }),
  };
}
