import { describe, expect, it } from 'vitest';
import { lintRepository } from './commands/composed-subgraphs.ts';
import { CompositionFailed, composeSupergraph } from './composition.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
const content = `${LINK} type Query { title: Title } type Title @key(fields: "id") { id: ID! name: String! }`;

describe('composition', () => {
  it('joins the fields of an entity and hides federation from the API schema', () => {
    const profile = `${LINK} type Query { me: ID } type Title @key(fields: "id") { id: ID! inMyList: Boolean }`;
    const { apiSdl, supergraphSdl } = composeSupergraph([
      { name: 'content', sdl: content },
      { name: 'user-profile', sdl: profile },
    ]);
    expect(apiSdl).toMatch(/type Title \{\s+id: ID!\s+name: String!\s+inMyList: Boolean\s+\}/);
    expect(apiSdl).not.toMatch(/join__|_entities|@key/);
    expect(supergraphSdl).toContain('inprocess://user-profile');
  });

  it('says in one readable message what does not fit', () => {
    const clash = `${LINK} type Query { other: Int } type Title @key(fields: "id") { id: ID! name: String! }`;
    const compose = () =>
      composeSupergraph([
        { name: 'content', sdl: content },
        { name: 'other', sdl: clash },
      ]);
    expect(compose).toThrow(/INVALID_FIELD_SHARING: .*Title\.name/);
  });

  it('names the subgraph whose SDL does not parse', () => {
    expect(() => composeSupergraph([{ name: 'content', sdl: 'type Query {' }])).toThrow(
      /\[content\] Syntax Error/,
    );
  });

  it('names code, subgraph, file, line and column of every place that has a part in a problem', () => {
    const files = [
      { path: 'subgraphs/other/a.graphql', text: `${LINK}\ntype Query { other: Int }` },
      {
        path: 'subgraphs/other/b.graphql',
        text: '# nothing\ntype Title @key(fields: "id") { id: ID!\n  name: Int! }',
      },
    ];
    const sdl = files.map(({ text }) => text).join('\n');
    const compose = () =>
      composeSupergraph([
        { name: 'content', sdl: content },
        { name: 'other', sdl, files },
      ]);
    expect(compose).toThrow(CompositionFailed);
    try {
      compose();
    } catch (error) {
      const { problems, message } = error as CompositionFailed;
      expect(problems).toContainEqual({
        code: 'FIELD_TYPE_MISMATCH',
        message: expect.stringContaining('Title.name'),
        locations: [
          expect.objectContaining({ subgraph: 'content', file: 'content.graphql', line: 1 }),
          { subgraph: 'other', file: 'subgraphs/other/b.graphql', line: 3, column: 3 },
        ],
      });
      expect(message).toContain('in other, subgraphs/other/b.graphql:3:3');
    }
  });

  it('is not asked for by rules that would judge the half that parses', () => {
    const half = [{ name: 'content', sdl: '', files: [{ path: 'x/a.graphql', text: 'type Query {' }] }];
    expect(() => lintRepository(half)).toThrow(/INVALID_GRAPHQL: \[content\] Syntax Error/);
  });

  it('names the place of an error of syntax', () => {
    const files = [{ path: 'x/module.graphql', text: 'type Query {\n  a: [Int\n}' }];
    expect(() => composeSupergraph([{ name: 'content', sdl: '', files }])).toThrow(
      /INVALID_GRAPHQL: \[content\] Syntax Error[^\n]*\n +in content, x\/module.graphql:3:1/,
    );
  });
});
