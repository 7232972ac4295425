import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, Kind } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTrustedDocuments, validateTrustedDocuments } from './trusted-documents.ts';

const documents = readTrustedDocuments();

describe('trusted documents', () => {
  let api: GraphQLSchema;
  beforeAll(() => {
    const sdl = readFileSync(new URL('./supergraph.graphql', import.meta.url), 'utf8');
    api = Supergraph.build(sdl).apiSchema().toGraphQLJSSchema({ includeDefer: true });
  });

  it.each(documents.map(({ name }) => name))('%s is valid against the supergraph', (name) => {
    expect(
      validateTrustedDocuments(
        api,
        documents.filter((document) => document.name === name),
      ),
    ).toEqual([]);
  });

  it('each hold one operation, named as their file', () => {
    for (const { name, document } of documents) {
      const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
      expect(operations.map((operation) => 'name' in operation && operation.name?.value)).toEqual([name]);
    }
  });

  it('include the two whose names are promised, and HomeRows needs no variable', () => {
    const names = documents.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['HomeRows', 'RecordEvents']));
    const home = documents.find(({ name }) => name === 'HomeRows')?.document.definitions[0];
    const variables = home?.kind === Kind.OPERATION_DEFINITION ? home.variableDefinitions : undefined;
    expect(variables?.filter(({ type }) => type.kind === Kind.NON_NULL_TYPE)).toEqual([]);
  });

  it('that name unknown fields are reported with their line', () => {
    const [document] = readTrustedDocuments(new URL('./test/wrong-documents', import.meta.url).pathname);
    expect(validateTrustedDocuments(api, [document!])).toEqual([
      { name: 'Wrong', message: expect.stringMatching(/^line 3: Cannot query field "headlines"/) },
    ]);
  });
});
