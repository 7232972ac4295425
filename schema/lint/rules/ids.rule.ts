import { Kind, print, type TypeNode } from 'graphql';
import { keyFields, namedTypeOf } from '../linted-graph.ts';
import type { LintRule } from '../rule.ts';

/** `id`, `titleId`, `genreIds` */
const ID_NAME = /(^id|Id|Ids)$/;

export const ids: LintRule = {
  name: 'ids',
  summary: 'what is called an id is of type ID, and an `id` is never null: clients keep their caches by it',
  *check({ types }) {
    for (const type of types.values()) {
      for (const field of type.fields) {
        const coordinate = `${type.name}.${field.name.value}`;
        if (
          ID_NAME.test(field.name.value) &&
          (namedTypeOf(field.type) !== 'ID' || isLooseId(field.name.value, field.type))
        ) {
          yield {
            coordinate,
            node: field,
            message: `is ${print(field.type)}`,
            hint: field.name.value === 'id' ? 'make it ID!' : 'make it ID, ID! or [ID!]!',
          };
        }
        for (const argument of field.arguments ?? []) {
          if (!ID_NAME.test(argument.name.value) || namedTypeOf(argument.type) === 'ID') continue;
          yield {
            coordinate: `${coordinate}(${argument.name.value}:)`,
            node: argument,
            message: `is ${print(argument.type)}`,
            hint: 'take an ID, so that clients can pass on what they were given',
          };
        }
      }
      for (const field of type.inputFields) {
        if (!ID_NAME.test(field.name.value) || namedTypeOf(field.type) === 'ID') continue;
        yield {
          coordinate: `${type.name}.${field.name.value}`,
          node: field,
          message: `is ${print(field.type)}`,
          hint: 'take an ID, so that clients can pass on what they were given',
        };
      }
    }
  },
};

function isLooseId(name: string, type: TypeNode): boolean {
  return name === 'id' && type.kind !== Kind.NON_NULL_TYPE;
}

export const keysAreKnown: LintRule = {
  name: 'keys-are-known',
  summary:
    'fields of a @key are never null: an entity that does not know its key cannot be joined, and is lost silently',
  *check({ types }) {
    for (const type of types.values()) {
      const keys = keyFields(type);
      for (const field of type.fields) {
        if (!keys.has(field.name.value) || field.type.kind === Kind.NON_NULL_TYPE) continue;
        yield {
          coordinate: `${type.name}.${field.name.value}`,
          node: field,
          message: `is part of a key and may be null`,
          hint: `make it ${print(field.type)}!`,
        };
      }
    }
  },
};
