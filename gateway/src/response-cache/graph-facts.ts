/** What a supergraph says that decides over keeping answers: types of fields, keys of entities, `@cacheControl`. Pure. */
import { type FieldDefinitionNode, Kind, type TypeNode } from 'graphql';
import { type CacheHint, readCacheHints } from '../caching/cache-hints.ts';
import { argumentOf } from '../executor/supergraph/join-directives.ts';
import { supergraphDocument } from '../executor/supergraph/supergraph-document.ts';

export interface GraphFacts {
  readonly hints: ReadonlyMap<string, CacheHint>;
  /** By `Type.field`, also of what clients do not see: the name of the field's type without lists and nulls. */
  readonly typeOf: ReadonlyMap<string, string>;
  readonly composites: ReadonlySet<string>;
  /** By interface or union: the objects that it may be. */
  readonly possible: ReadonlyMap<string, readonly string[]>;
  /** By entity: fields that are a key alone, in the order of the supergraph. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

export function graphFacts(supergraphSdl: string): GraphFacts {
  const typeOf = new Map<string, string>();
  const composites = new Set<string>();
  const possible = new Map<string, string[]>();
  const keys = new Map<string, string[]>();
  const mayBe = (abstract: string, object: string): void => {
    const known = possible.get(abstract);
    if (known === undefined) possible.set(abstract, [object]);
    else known.push(object);
  };
  const note = (type: string, fields: readonly FieldDefinitionNode[] = []): void => {
    composites.add(type);
    for (const field of fields) typeOf.set(`${type}.${field.name.value}`, namedType(field.type));
  };
  for (const definition of supergraphDocument(supergraphSdl).definitions) {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const type = definition.name.value;
        note(type, definition.fields);
        if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
          for (const { name } of definition.interfaces ?? []) mayBe(name.value, type);
        }
        const alone = (definition.directives ?? []).flatMap((directive) => {
          const key = directive.name.value === 'join__type' ? argumentOf(directive, 'key')?.value : undefined;
          return key?.kind === Kind.STRING && /^\w+$/.test(key.value) ? [key.value] : [];
        });
        if ((definition.directives ?? []).some((each) => argumentOf(each, 'key') !== undefined)) {
          keys.set(type, [...new Set(alone)]);
        }
        break;
      }
      case Kind.UNION_TYPE_DEFINITION:
        composites.add(definition.name.value);
        for (const { name } of definition.types ?? []) mayBe(definition.name.value, name.value);
        break;
      default:
    }
  }
  return { hints: readCacheHints(supergraphSdl), typeOf, composites, possible, keys };
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
