import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { composeSupergraph } from './composition.ts';
import { queryPlans } from './query-plans.ts';

it('plans are made of a supergraph that restricts who may read what', () => {
  const { supergraphSdl } = composeSupergraph([
    {
      name: 'content',
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
            type Query { me: String @authenticated }`,
    },
  ]);
  const text = 'query Me { me }';
  const [made] = queryPlans(supergraphSdl, [{ name: 'Me', text, document: parse(text) }]);
  expect(made?.plan).toContain('Fetch(service: "content")');
});
