import type { ASTNode } from 'graphql';
import type { LintedType } from '../linted-graph.ts';
import type { Complaint, LintRule } from '../rule.ts';

const TYPE = /^[A-Z][A-Za-z0-9]*$/;
const FIELD = /^[a-z][A-Za-z0-9]*$/;
const VALUE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

export const names: LintRule = {
  name: 'names',
  summary: 'types are in PascalCase, fields and arguments in camelCase: clients generate code from them',
  *check({ types, directives }) {
    for (const type of types.values()) {
      // Of specifications, with their name before it.
      if (type.name.includes('__')) continue;
      yield* misnamed(type.name, type.nodes[0], type.name, TYPE, 'PascalCase');
      for (const field of [...type.fields, ...type.inputFields]) {
        const coordinate = `${type.name}.${field.name.value}`;
        yield* misnamed(coordinate, field, field.name.value, FIELD, 'camelCase');
        for (const { name, ...argument } of 'arguments' in field ? (field.arguments ?? []) : []) {
          yield* misnamed(
            `${coordinate}(${name.value}:)`,
            { name, ...argument },
            name.value,
            FIELD,
            'camelCase',
          );
        }
      }
    }
    for (const directive of directives) {
      yield* misnamed(`@${directive.name.value}`, directive, directive.name.value, FIELD, 'camelCase');
    }
  },
};

export const enumNames: LintRule = {
  name: 'enum-names',
  summary:
    'enum values are in CONSTANT_CASE and do not repeat the name of their enum, which does not end in Enum',
  *check({ types }) {
    for (const type of types.values()) {
      if (type.kind !== 'enum' || type.name.includes('__')) continue;
      if (type.name.endsWith('Enum')) {
        yield {
          coordinate: type.name,
          node: type.nodes[0],
          message: 'says in its name that it is an enum',
          hint: `call it ${type.name.slice(0, -4)}`,
        };
      }
      yield* valueNames(type);
    }
  },
};

function* valueNames(type: LintedType): Generator<Complaint> {
  const prefix = `${constantCase(type.name)}_`;
  for (const value of type.values) {
    const coordinate = `${type.name}.${value.name.value}`;
    yield* misnamed(coordinate, value, value.name.value, VALUE, 'CONSTANT_CASE');
    if (value.name.value.startsWith(prefix)) {
      yield {
        coordinate,
        node: value,
        message: `repeats the name of its enum`,
        hint: `call it ${value.name.value.slice(prefix.length)}`,
      };
    }
  }
}

function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

function* misnamed(
  coordinate: string,
  node: ASTNode,
  name: string,
  pattern: RegExp,
  style: string,
): Generator<Complaint> {
  if (pattern.test(name)) return;
  yield {
    coordinate,
    node,
    message: `is not in ${style}`,
    hint: `rename it; where clients use it already, add the new name and deprecate this one`,
  };
}
