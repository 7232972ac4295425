/** A request that was sent before goes another way than the first of its kind; nobody can tell by the answer. */
import { ApolloServer, HeaderMap } from '@apollo/server';
import { silentLogger } from '@marquee/service-kit';
import { buildSchema, type DocumentNode, execute, GraphQLError, type GraphQLSchema } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PRODUCTION } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';
import type { OperationResult } from '../executor/prepared-operation.ts';
import { type GatewayPlugin, inOnePlugin } from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { KnownRequests } from './known-requests.ts';

const start = startedGateways();

describe('an answer to a request of a kind that came before', () => {
  const demandControl = { mode: 'enforce', max: 50, listSize: 10, actualEvery: 1 } as const;
  it.each<[string, Record<string, unknown>, Record<string, string>?]>([
    [
      'with data',
      { query: 'query A($id: ID = "t1") { title(id: $id) { id name } me }', variables: { id: 't2' } },
    ],
    ['with the cost beside it', { query: '{ me }' }, { 'marquee-cost': '1' }],
    ['of another media type', { query: '{ me }' }, { accept: 'application/graphql-response+json' }],
    ['that a client takes in parts', { query: '{ me }' }, { accept: 'multipart/mixed;deferSpec=20220824' }],
    ['by events', { query: '{ me }' }, { accept: 'text/event-stream' }],
    ['of one of several operations', { query: 'query A { me } query B { scopes }', operationName: 'B' }],
    ['where none is named', { query: 'query A { me } query B { scopes }' }],
    ['where none has the name', { query: 'query A { me } query B { scopes }', operationName: 'C' }],
    ['with wrong variables', { query: 'query A($id: ID!) { title(id: $id) { id } }', variables: { id: {} } }],
    ['without its variables', { query: 'query A($id: ID!) { title(id: $id) { id } }' }],
    ['with variables that are none', { query: '{ me }', variables: [] }],
    ['with extensions', { query: '{ me }', extensions: { a: 1 } }],
    ['with extensions that are none', { query: '{ me }', extensions: 7 }],
    ['with a name that is none', { query: '{ me }', operationName: 7 }],
    ['of a mutation', { query: 'mutation { hide(titleId: "t1") }' }],
    ['of a subscription', { query: 'subscription { titleAdded { id } }' }],
    ['that is invalid', { query: '{ unknown }' }],
    ['that cannot be read', { query: '{ me' }],
    ['of a stranger', { query: '{ me }' }, { authorization: 'Bearer forged' }],
    ['across origins', { query: '{ me }' }, { 'content-type': 'text/plain' }],
  ])('is what it was: %s', async (_, body, headers = {}) => {
    const gateway = await start(undefined, { config: PRODUCTION, demandControl });
    const ask = async () => {
      const response = await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'r', ...headers },
        body: JSON.stringify(body),
      });
      const seen = [...response.headers].filter(([name]) => name !== 'date');
      return { status: response.status, headers: seen, text: await response.text() };
    };
    const first = await ask();
    for (let again = 0; again < 3; again++) expect(await ask()).toEqual(first);
  });
});

describe('hooks', () => {
  /** A graph of one server, and what its hooks were told of. */
  async function watched(refuse: (hook: string) => unknown = () => undefined) {
    const told: string[] = [];
    let runs = 0;
    let schema: GraphQLSchema | undefined;
    const run = async (document: DocumentNode): Promise<OperationResult> => {
      runs++;
      return (await execute({
        schema: schema as GraphQLSchema,
        document,
        rootValue: { fails: () => Promise.reject(new GraphQLError('it fails')), a: 1 },
      })) as OperationResult;
    };
    const note = (hook: string): void => {
      told.push(hook);
      const fault = refuse(hook);
      if (fault !== undefined) throw fault;
    };
    const plugin: GatewayPlugin = {
      requestDidStart: () => {
        note('begun');
        return {
          didResolveOperation: () => note('resolved'),
          willSendResponse: ({ response }) => {
            note('sent');
            if (response.body.kind === 'single') response.body.singleResult.extensions = { seen: true };
          },
        };
      },
      unexpectedErrorProcessingRequest: async () => void told.push('fault'),
    };
    const learner: GatewayPlugin = {
      requestDidStart: () => ({ didResolveOperation: (context) => requests.learn(context) }),
    };
    const apollo: ApolloServer<GatewayContext> = new ApolloServer<GatewayContext>({
      gateway: {
        onSchemaLoadOrUpdate: (listener) => {
          listener({ apiSchema: schema as GraphQLSchema, coreSupergraphSdl: '' });
          return () => undefined;
        },
        load: async () => ({
          executor: async ({ context, document }) => {
            const { settled } = context as GatewayContext;
            return (settled?.execute === undefined ? run(document) : settled.execute()) as never;
          },
        }),
        stop: async () => undefined,
      },
      plugins: [inOnePlugin([plugin, learner])],
      stringifyResult: (result) => JSON.stringify(result),
      logger: silentLogger as never,
      stopOnTerminationSignals: false,
    });
    const requests = new KnownRequests({
      apollo,
      plugins: [plugin],
      execute: ({ document }) => run(document),
    });
    schema = buildSchema('type Query { a: Int fails: Int }');
    requests.schemaChanged(schema);
    await apollo.start();
    onTestFinished(() => apollo.stop());
    const ask = async (query: string) => {
      const body = { query };
      const whole = () => ({
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body,
      });
      told.length = 0;
      runs = 0;
      const asked = { method: 'POST', body, contentType: 'application/json', header: () => undefined, whole };
      const answer = await requests.answer(asked, async () => ({}) as GatewayContext);
      return { answer, told: [...told], runs };
    };
    return { ask };
  }

  it.each([
    ['an answer', '{ a }', ['begun', 'resolved', 'sent'], 1],
    ['an answer with errors', '{ a fails }', ['begun', 'resolved', 'sent'], 1],
  ])('are told once of %s, and change it, the first time and every time', async (_, query, told, runs) => {
    const { ask } = await watched();
    const first = await ask(query);
    expect(first).toMatchObject({ told, runs });
    const again = await ask(query);
    expect(again).toMatchObject({ told, runs });
    expect(again.answer.body).toEqual(first.answer.body);
    expect(again.answer.status).toBe(first.answer.status);
    expect(JSON.stringify(again.answer.body)).toContain('seen');
  });

  it.each([
    ['resolved', ['begun', 'resolved', 'sent'], 0],
    ['begun', ['begun', 'fault'], 0],
    ['sent', ['begun', 'resolved', 'sent', 'fault'], 1],
  ])('that throw when a request is %s end it as they always do', async (hook, told, runs) => {
    let throws = false;
    const { ask } = await watched((each) => (throws && each === hook ? new GraphQLError('no') : undefined));
    await ask('{ a }');
    throws = true;
    const known = await ask('{ a }');
    expect(known).toMatchObject({ told, runs });
    const unknown = await ask('{ a a }');
    expect(unknown).toMatchObject({ told, runs });
    expect(known.answer.body).toEqual(unknown.answer.body);
    expect(known.answer.status).toBe(unknown.answer.status);
  });
});
