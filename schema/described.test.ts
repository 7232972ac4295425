/** The graph explains itself: what a client meets in the explorer has a description. */
import { basename } from 'node:path';
import {
  buildASTSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeSupergraph } from './composition.ts';
import { subgraphFolders } from './repository.ts';
import { readSubgraphSdl } from './subgraph-sdl.ts';

interface Described {
  readonly name: string;
  readonly description?: string | null;
}

/** `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`, `@directive(argument:)`. */
function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  const look = (place: string, { description }: Described) => {
    if (description === undefined || description === null || description.trim() === '') missing.push(place);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue;
    look(type.name, type);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name}:)`, argument);
      }
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
    } else if (isEnumType(type)) {
      for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    }
  }
  for (const directive of schema.getDirectives()) {
    if (isSpecifiedDirective(directive)) continue;
    look(`@${directive.name}`, directive);
    for (const argument of directive.args) look(`@${directive.name}(${argument.name}:)`, argument);
  }
  return missing;
}

describe('the graph', () => {
  it('describes every type, field, enum value, input and argument', () => {
    const subgraphs = subgraphFolders().map((folder) => ({
      name: basename(folder),
      sdl: readSubgraphSdl(folder),
    }));
    const { apiSdl } = composeSupergraph(subgraphs);
    expect(undescribed(buildASTSchema(parse(apiSdl)))).toEqual([]);
  });

  it('is seen through where something has no description', () => {
    const schema = buildASTSchema(
      parse(`
        type Query { titles(first: Int): [Kind!]! "Described." one: Int }
        enum Kind { MOVIE }
        input Filter { kind: Kind }
      `),
    );
    expect(undescribed(schema)).toEqual([
      'Query',
      'Query.titles',
      'Query.titles(first:)',
      'Kind',
      'Kind.MOVIE',
      'Filter',
      'Filter.kind',
    ]);
  });
});
