import { rename, writeFile } from 'node:fs/promises';
import { QueryPlanner } from '@apollo/query-planner';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { freePort, startLocalNats } from '@marquee/local-servers';
import { createLogger, MarqueeError, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  changingGateway,
  GRAPH,
  publication,
  WITH_STRANGER,
  WITHOUT_BROKEN,
  WITHOUT_REFUSED,
} from '../../test/small-graph/changing-graph.ts';
import { ask } from '../../test/small-graph/small-graph.ts';
import { PlanningThread } from '../executor/planner/planning-thread.ts';
import { lastGoodFile } from './last-good-file.ts';
import { decodeSupergraph, encodeSupergraph, SUPERGRAPH_KEY } from './published-supergraph.ts';
import { createSupergraphLifecycle } from './supergraph-lifecycle.ts';
import {
  publishedSupergraph,
  type SupergraphListener,
  staticSupergraph,
  supergraphFile,
} from './supergraph-source.ts';

const FIELDS = '{ __type(name: "Query") { fields { name } } }';

async function served(...[lifecycle, options]: Parameters<typeof changingGateway>) {
  const changing = await changingGateway(lifecycle, options);
  onTestFinished(() => changing.stop());
  const hasField = async (name: string) => {
    const { body } = await ask(changing.gateway, FIELDS);
    const type = body.data?.__type as { fields: { name: string }[] };
    return type.fields.some((field) => field.name === name);
  };
  return { ...changing, hasField };
}

function folder() {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made;
}

describe('a supergraph from a file', () => {
  it('is followed when it is written or replaced; a broken one is refused and named, and the last good one serves', async () => {
    const files = folder();
    const path = files.file('supergraph.graphql');
    await writeFile(path, GRAPH.supergraphSdl);
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'error',
      destination: { write: (line) => void lines.push(line) },
    });
    const { gateway, hasField, detail, metric } = await served(
      { source: supergraphFile({ path, intervalMs: 10 }) },
      { logger },
    );
    expect(await hasField('broken')).toBe(true);

    await writeFile(path, WITHOUT_BROKEN);
    await waitUntil(async () => !(await hasField('broken')));
    expect((await ask(gateway, '{ titles(first: 1) { name inMyList } }')).body).toEqual({
      data: { titles: [{ name: 'Title 0', inMyList: false }] },
    });

    for (const [broken, reason] of [
      ['type Query {', /cannot be served.*Syntax Error/],
      ['type Query { a: Int }', /must be a core schema/],
      [WITH_STRANGER, /"stranger"/],
    ] as const) {
      await writeFile(path, broken);
      await waitUntil(() => reason.test(detail()), { what: `${reason} in ${detail()}` });
      expect(await hasField('titles')).toBe(true);
      const ready = (await (await fetch(`${gateway.url()}/ready`)).json()) as {
        components: { supergraph: { ready: boolean; detail: string } };
      };
      expect(ready.components.supergraph).toMatchObject({
        ready: true,
        detail: expect.stringMatching(reason),
      });
      expect(await metric(/marquee_supergraph_refused\{service="test"\} 1/)).toBe(true);
    }
    expect(await metric(/marquee_supergraph_updates_total\{outcome="refused",service="test"\} 3/)).toBe(true);

    const named = lines.filter((line) => line.includes('a supergraph is refused'));
    expect(named).toHaveLength(3);
    expect(named[2]).toContain('stranger');

    await writeFile(`${path}.next`, WITHOUT_REFUSED);
    await rename(`${path}.next`, path);
    await waitUntil(async () => (await hasField('broken')) && !(await hasField('refused')));
    expect(detail()).not.toMatch(/refused:/);
    expect(await metric(/marquee_supergraph_refused\{service="test"\} 0/)).toBe(true);
  });

  it('serves on when the file is gone, and says so', async () => {
    const files = folder();
    const path = files.file('supergraph.graphql');
    await writeFile(path, GRAPH.supergraphSdl);
    const { hasField, detail } = await served({ source: supergraphFile({ path, intervalMs: 10 }) });
    await rename(path, `${path}.away`);
    await waitUntil(() => detail().includes('ENOENT'));
    expect(await hasField('titles')).toBe(true);
    await writeFile(path, WITHOUT_BROKEN);
    await waitUntil(async () => !(await hasField('broken')));
    expect(detail()).not.toContain('ENOENT');
  });

  it('that is broken from the start, with nothing to fall back on, keeps the gateway from starting and names the fault', async () => {
    const files = folder();
    const path = files.file('supergraph.graphql');
    await writeFile(path, 'type Query { a: Int }');
    await expect(changingGateway({ source: supergraphFile({ path }) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/no supergraph that can be served.*cannot be served/),
    });
  });
});

describe('operations in use', () => {
  it('are read, checked and planned before another supergraph takes over', async () => {
    const files = folder();
    const path = files.file('supergraph.graphql');
    await writeFile(path, GRAPH.supergraphSdl);
    const { gateway, metric } = await served({ source: supergraphFile({ path, intervalMs: 10 }) });
    const sent = 'query Sent { titles(first: 1) { id inMyList } }';
    await ask(gateway, sent);
    await writeFile(path, WITHOUT_BROKEN);
    await waitUntil(() => metric(/marquee_supergraph_updates_total\{outcome="applied",service="test"\} 2/));
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    // The second is the warm-up document of the small graph.
    for (const query of [sent, 'query Me { me }'])
      expect((await ask(gateway, query)).body.errors).toBeUndefined();
    expect(planning).not.toHaveBeenCalled();
    await ask(gateway, 'query Other { titles(first: 1) { name inMyList } }');
    expect(planning).toHaveBeenCalled();
  });

  it('are planned in a thread of their own, which is replaced when it dies', {
    timeout: 60_000,
  }, async () => {
    const files = folder();
    const path = files.file('supergraph.graphql');
    await writeFile(path, GRAPH.supergraphSdl);
    const planner = new PlanningThread({ logger: silentLogger });
    onTestFinished(() => planner.stop());
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    const { gateway, hasField, detail } = await served(
      { source: supergraphFile({ path, intervalMs: 10 }) },
      { planner },
    );
    const titles = async (query: string) => (await ask(gateway, query)).body.data?.titles;
    expect(await titles('query Sent { titles(first: 1) { id inMyList } }')).toMatchObject([{ id: 't0' }]);
    await writeFile(path, WITHOUT_BROKEN);
    await waitUntil(async () => !(await hasField('broken')), { deadlineMs: 20_000 });
    expect(await titles('query Sent { titles(first: 1) { id inMyList } }')).toMatchObject([{ id: 't0' }]);
    await planner.worker?.terminate();
    expect(await titles('query New { titles(first: 1) { name } }')).toEqual([{ name: 'Title 0' }]);
    await planner.worker?.terminate();
    await writeFile(path, 'type Query { a: Int }');
    await waitUntil(() => /is refused: the supergraph cannot be served/.test(detail()), {
      deadlineMs: 20_000,
    });
    await writeFile(path, GRAPH.supergraphSdl);
    await waitUntil(() => hasField('broken'), { deadlineMs: 20_000 });
    expect(planning).not.toHaveBeenCalled();
  });
});

function publishedSuite(
  open: () => Promise<{
    broadcast: ReturnType<typeof createMemoryBroadcast>;
    publisher: ReturnType<typeof createMemoryBroadcast>;
  }>,
) {
  it('is followed within a second, forwards and back; what is no supergraph is refused', async () => {
    const { broadcast, publisher } = await open();
    const source = publishedSupergraph({ broadcast, logger: silentLogger });
    const { hasField, detail } = await served({ source, shipped: GRAPH.supergraphSdl });
    expect(detail()).toMatch(/^the shipped one, [0-9a-f]{12} serves/);
    await publisher.put(SUPERGRAPH_KEY, encodeSupergraph(publication(1, WITHOUT_BROKEN)));
    await waitUntil(async () => !(await hasField('broken')));
    expect(detail()).toMatch(/^version 1 \([0-9a-f]{12}\) serves/);
    await publisher.put(SUPERGRAPH_KEY, 'nonsense');
    await waitUntil(() => detail().includes('cannot be read'));
    await publisher.put(SUPERGRAPH_KEY, encodeSupergraph(publication(2, 'type Query { a: Int }')));
    await waitUntil(() => /version 1 .* serves; version 2 .* is refused/.test(detail()));
    await publisher.put(SUPERGRAPH_KEY, encodeSupergraph(publication(3, GRAPH.supergraphSdl)));
    await waitUntil(() => hasField('broken'));
    expect(detail()).not.toContain('refused');
  });

  it('is the one to begin with, when there is any', async () => {
    const { broadcast, publisher } = await open();
    await publisher.put(SUPERGRAPH_KEY, encodeSupergraph(publication(7, WITHOUT_BROKEN)));
    const source = publishedSupergraph({ broadcast, logger: silentLogger });
    const { hasField, detail } = await served({ source, shipped: GRAPH.supergraphSdl });
    expect(await hasField('broken')).toBe(false);
    expect(detail()).toMatch(/^version 7/);
  });
}

describe('a published supergraph (memory)', () =>
  publishedSuite(async () => {
    const broadcast = createMemoryBroadcast();
    return { broadcast, publisher: broadcast };
  }));

describeOnServer('nats-server', 'a published supergraph (NATS JetStream)', () => {
  publishedSuite(async () => {
    const server = await startLocalNats({ folder: folder().path });
    const publisher = createNatsBroadcast({ servers: server.url });
    await publisher.start();
    onTestFinished(async () => {
      await publisher.stop();
      await server.stop();
    });
    return { publisher, broadcast: createNatsBroadcast({ servers: server.url }) };
  });
});

describe('a start while the broadcast is away', () => {
  it('begins with the one that served last, from disk, rather than with the shipped one', async () => {
    const lastGood = lastGoodFile(folder().file('state/last-good.graphql'));
    const shipped = GRAPH.supergraphSdl;
    const broadcast = createMemoryBroadcast();
    await broadcast.put(SUPERGRAPH_KEY, encodeSupergraph(publication(3, WITHOUT_BROKEN)));
    const before = await changingGateway({
      source: publishedSupergraph({ broadcast, logger: silentLogger }),
      shipped,
      lastGood,
    });
    await before.stop();

    const nobody = createNatsBroadcast({
      servers: `nats://127.0.0.1:${await freePort()}`,
      startWithinMs: 60_000,
    });
    const source = publishedSupergraph({ broadcast: nobody, logger: silentLogger });
    const { hasField, detail } = await served({ source, shipped, lastGood, firstWithinMs: 50 });
    expect(await hasField('broken')).toBe(false);
    expect(detail()).toMatch(/^the last good one, [0-9a-f]{12} serves; waiting/);
  });

  it('with a last good one that is damaged begins with the shipped one and names both', async () => {
    const files = folder();
    await writeFile(files.file('last-good.graphql'), 'half a superg');
    const { detail, hasField } = await served({
      source: publishedSupergraph({ broadcast: createMemoryBroadcast(), logger: silentLogger }),
      lastGood: lastGoodFile(files.file('last-good.graphql')),
      shipped: GRAPH.supergraphSdl,
    });
    expect(await hasField('broken')).toBe(true);
    expect(detail()).toMatch(/^the shipped one.*serves; the last good one.*is refused: .*Syntax Error/);
  });
});

it('one that cannot be put in force for a reason that passes is tried again, and one that is broken is not', async () => {
  let listener: SupergraphListener | undefined;
  const lifecycle = createSupergraphLifecycle({
    source: {
      ...staticSupergraph(''),
      start: async () => undefined,
      listen: (given) => {
        listener = given;
      },
    },
    shipped: 'first',
    firstWithinMs: 1,
    retryMs: 1,
    check: () => undefined,
    logger: silentLogger,
    now: () => 0,
  });
  await lifecycle.start();
  onTestFinished(() => lifecycle.stop());
  const tried: string[] = [];
  lifecycle.follow(async (sdl) => {
    tried.push(sdl);
    if (sdl === 'broken') throw new MarqueeError('CONFIG_INVALID', 'it is broken');
    if (tried.length < 4) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the planner was ended');
  });
  listener?.offered({ name: 'broken', sdl: 'broken' });
  await waitUntil(() => lifecycle.readiness().detail?.includes('it is broken'));
  listener?.offered({ name: 'next', sdl: 'second' });
  await waitUntil(() => lifecycle.readiness().detail === 'next serves');
  expect(tried).toEqual(['broken', 'second', 'second', 'second']);
});

it('a static supergraph is served as it is', async () => {
  const { hasField } = await served({ source: staticSupergraph(WITHOUT_BROKEN) });
  expect(await hasField('broken')).toBe(false);
});

it('what was published arrives as it was, and damage is noticed', () => {
  const made = publication(4, GRAPH.supergraphSdl);
  const text = encodeSupergraph(made);
  expect(decodeSupergraph(text)).toEqual(made);
  expect(text.length).toBeLessThan(made.sdl.length);
  const other = { ...JSON.parse(text), hash: 'a'.repeat(64) };
  for (const damaged of [
    '',
    '{}',
    text.slice(0, -40),
    JSON.stringify(other),
    text.replace('"format":1', '"format":2'),
  ]) {
    expect(() => decodeSupergraph(damaged)).toThrow(/no published supergraph/);
  }
});
