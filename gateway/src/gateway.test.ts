import { createServer } from 'node:net';
import { QueryPlanner } from '@apollo/query-planner';
import { createLogger, isMarqueeError, type MarqueeError } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, DEVELOPMENT, gatewayOver, smallGraph } from '../test/small-graph/small-graph.ts';
import { startedGateways } from '../test/small-graph/started-gateways.ts';
import type { Gateway } from './index.ts';

const started = startedGateways();

describe('federation in process', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started();
  });

  it('answers one query from two subgraphs', async () => {
    const { body } = await ask(gateway, '{ titles(first: 2) { id name inMyList } me }', {
      'x-profile-id': 'p1',
    });
    expect(body).toEqual({
      data: {
        titles: [
          { id: 't0', name: 'Title 0', inMyList: false },
          { id: 't1', name: 'Title 1', inMyList: true },
        ],
        me: 'p1',
      },
    });
  });

  it('passes trace context on, and drops what is not one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await ask(gateway, '{ trace }', { traceparent })).body.data).toEqual({ trace: traceparent });
    expect((await ask(gateway, '{ trace }', { traceparent: '00-zz' })).body.data).toEqual({ trace: null });
  });

  it('loses only the fields of a subgraph that fails', async () => {
    const graph = smallGraph();
    const limping = await started({
      ...graph,
      executors: {
        ...graph.executors,
        'user-profile': () => Promise.reject(new Error('connection reset by 10.0.0.7')),
      },
    });
    const { status, body, text } = await ask(limping, '{ titles(first: 1) { name inMyList } who: me }');
    expect(status).toBe(200);
    expect(body.data).toEqual({ titles: [{ name: 'Title 0', inMyList: null }], who: null });
    expect(body.errors?.map((error) => [error.extensions.code, error.path])).toContainEqual([
      'INTERNAL_SERVER_ERROR',
      ['who'],
    ]);
    expect(text).not.toContain('10.0.0.7');
  });

  it('tells the client when a subgraph does not answer within the deadline, and answers the rest', async () => {
    const hasty = await started(smallGraph(), { config: { ...DEVELOPMENT, requestDeadlineMs: 30 } });
    const { body } = await ask(hasty, '{ slow me }', { 'x-profile-id': 'p1' });
    expect(body.data).toEqual({ slow: null, me: 'p1' });
    expect(body.errors).toMatchObject([
      { path: ['slow'], extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } },
    ]);
  });

  it('does not start when nobody executes one of the subgraphs', async () => {
    const graph = smallGraph();
    const { 'user-profile': _, ...executors } = graph.executors;
    await expect(gatewayOver({ ...graph, executors }).start()).rejects.toThrow(/user-profile/);
  });
});

describe('documents that are known before anybody sends them', () => {
  const QUERY = 'query Both($first: Int!) { titles(first: $first) { id inMyList } me }';

  it('are planned before the gateway serves, and nothing of them is run', async () => {
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    const graph = smallGraph();
    const calls: string[] = [];
    const executors = Object.fromEntries(
      Object.entries(graph.executors).map(([name, execute]): [string, SubgraphExecutor] => [
        name,
        (request) => {
          calls.push(name);
          return execute(request);
        },
      ]),
    );
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'debug',
      destination: { write: (line) => void lines.push(line) },
    });
    const gateway = await started(
      { ...graph, executors },
      {
        logger,
        warmUpDocuments: [
          QUERY,
          'mutation Hide($id: ID!) { hide(titleId: $id) }',
          '{ nobody { knows } }',
          '{',
        ],
      },
    );
    // Once, whether a client will name the operation or not.
    expect(planning).toHaveBeenCalledTimes(2);
    expect(calls).toEqual([]);
    expect(graph.hidden).toEqual([]);
    expect(lines.filter((line) => line.includes('not planned ahead'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('"msg":"graphql"'))).toEqual([]);

    const { body } = await ask(gateway, QUERY, { 'x-profile-id': 'p1' }, { first: 1 });
    expect(body).toEqual({ data: { titles: [{ id: 't0', inMyList: false }], me: 'p1' } });
    expect(calls).toContain('content');
    expect(planning).toHaveBeenCalledTimes(2);
    planning.mockRestore();
  });
});

describe('starting and stopping', () => {
  it('lets requests in flight finish, takes no new ones, and then lets go of the port', async () => {
    const graph = smallGraph();
    const gateway = await started(graph);
    const url = gateway.url();
    const waiting = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const stopped = gateway.stop();
    expect(gateway.readiness()).toEqual({ ready: false, detail: 'draining' });
    await expect
      .poll(() =>
        fetch(`${url}/health`).then(
          (r) => r.status,
          () => 'refused',
        ),
      )
      .toSatisfy((outcome) => outcome === 'refused' || outcome === 503);
    graph.answerSlow();
    expect((await waiting).body.data).toEqual({ slow: 'at last' });
    await stopped;
    await gateway.stop();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('tells those that do not finish within the bound, and ends', async () => {
    const graph = smallGraph();
    const gateway = await started(graph, {
      config: { ...DEVELOPMENT, drain: { graceMs: 0, boundMs: 50 } },
    });
    const waiting = ask(gateway, '{ slow }', { 'x-request-id': 'late-1' });
    await graph.slowAsked;
    await gateway.stop();
    const { status, body, headers } = await waiting;
    expect(status).toBe(504);
    expect(headers.get('connection')).toBe('close');
    expect(body.errors?.[0]?.extensions).toEqual({
      code: 'DEADLINE_EXCEEDED',
      retryable: true,
      requestId: 'late-1',
    });
    graph.answerSlow();
  });

  it('says in one line which address is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const failure = await gatewayOver(smallGraph(), { config: { ...DEVELOPMENT, port } })
      .start()
      .catch((error: unknown) => error);
    other.close();
    expect(isMarqueeError(failure, 'PORT_IN_USE')).toBe(true);
    expect((failure as MarqueeError).message).toBe(`127.0.0.1:${port} is already in use`);
  });

  it('may be stopped without a start', async () => {
    await gatewayOver(smallGraph()).stop();
  });
});
