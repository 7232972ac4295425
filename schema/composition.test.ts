import { describe, expect, it } from 'vitest';
import { composeSupergraph } from './composition.ts';

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
});
