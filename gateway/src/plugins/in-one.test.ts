import { ApolloServer } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import type { GatewayContext } from '../request-context.ts';
import { type GatewayPlugin, inOnePlugin } from './in-one.plugin.ts';

async function ask(plugins: readonly GatewayPlugin[]) {
  const server = new ApolloServer<GatewayContext>({
    typeDefs: 'type Query { a: Int }',
    resolvers: { Query: { a: () => 1 } },
    plugins: [inOnePlugin(plugins)],
    stopOnTerminationSignals: false,
  });
  const { body } = await server.executeOperation(
    { query: '{ a }' },
    { contextValue: {} as unknown as GatewayContext },
  );
  await server.stop();
  return body.kind === 'single' ? body.singleResult : undefined;
}

it('each plugin is told in the order of the list, and a promise is waited for', async () => {
  const told: string[] = [];
  const noting = (name: string, later: boolean): GatewayPlugin => ({
    schemaAhead: () => void told.push(`${name}: schema`),
    requestDidStart: () => ({
      didResolveOperation: () => void told.push(`${name}: resolved`),
      willSendResponse: ({ response }) => {
        told.push(`${name}: answer`);
        if (!later || response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        return new Promise((resolve) =>
          setImmediate(() => {
            singleResult.extensions = { added: name };
            resolve();
          }),
        );
      },
    }),
  });
  const answer = await ask([
    noting('first', true),
    { requestDidStart: () => undefined },
    noting('second', false),
  ]);
  expect(told).toEqual(
    ['schema', 'resolved', 'answer'].flatMap((what) => [`first: ${what}`, `second: ${what}`]),
  );
  expect(answer).toMatchObject({ data: { a: 1 }, extensions: { added: 'first' } });
});

it('one that throws refuses the request and keeps none of the others from being told', async () => {
  const told: string[] = [];
  const refusing = (message: string): GatewayPlugin => ({
    requestDidStart: () => ({
      didResolveOperation: () => {
        throw new GraphQLError(message);
      },
    }),
  });
  const answer = await ask([
    refusing('first'),
    refusing('second'),
    { requestDidStart: () => ({ didResolveOperation: () => void told.push('told') }) },
  ]);
  expect(answer?.data).toBeUndefined();
  expect(answer?.errors?.map(({ message }) => message)).toEqual(['first']);
  expect(told).toEqual(['told']);
});
