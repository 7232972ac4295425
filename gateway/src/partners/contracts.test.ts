import { randomBytes } from 'node:crypto';
import { QueryPlanner } from '@apollo/query-planner';
import { manualClock } from '@marquee/domain';
import { createLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerOf, DEVELOPMENT, gatewayOver, NOW, smallGraph } from '../../test/small-graph/small-graph.ts';
import { contractSchema } from '../contracts/contract-filter.ts';
import type { Gateway } from '../index.ts';
import { runOperations } from '../trusted-documents/operations-commands.ts';
import { runPartners } from './partners-commands.ts';

const partner = contractSchema.parse({ name: 'partner', include: ['partner'] });
const everything = contractSchema.parse({ name: 'everything' });
const folder = temporaryFolder();
let gateway: Gateway;
const keys: Record<string, string> = {};

beforeAll(async () => {
  const clock = manualClock(NOW);
  const run = (command: string, name: string, flags = {}) =>
    runPartners({ command, args: [name], flags, folder: folder.path, random: randomBytes, clock });
  for (const [name, contract] of [
    ['acme', 'partner'],
    ['globex', undefined],
  ] as const) {
    await run('add', name, { policy: 'open', ...(contract && { contract }) });
    keys[name] = (await run('issue', name, { environment: 'development' }))[0]!;
  }
  gateway = gatewayOver(smallGraph(), {
    clock,
    contracts: [partner, everything],
    config: { ...DEVELOPMENT, partners: { folder: folder.path, environment: 'development' } },
  });
  await gateway.start();
});
afterAll(async () => {
  await gateway.stop();
  await folder.remove();
});

async function ask(query: string, { key, path = '/graphql' }: { key?: string; path?: string } = {}) {
  const response = await fetch(gateway.url() + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'x-api-key': key }) },
    body: JSON.stringify({ query }),
  });
  return answerOf(response);
}

describe('a contract variant', () => {
  const shown = '{ titles(first: 1) { id name } }';
  const hidden = '{ titles(first: 1) { id inMyList } }';
  const path = '/contracts/partner/graphql';

  it('is what a partner with it sees, whatever address it asks', async () => {
    for (const given of [{ key: keys.acme! }, { key: keys.acme!, path }]) {
      expect((await ask(shown, given)).body).toEqual({ data: { titles: [{ id: 't0', name: 'Title 0' }] } });
      const refused = await ask(hidden, given);
      expect(refused.body.errors?.[0]?.message).toMatch(/Cannot query field "inMyList" on type "Title"/);
    }
    expect((await ask(hidden)).body.data).toEqual({ titles: [{ id: 't0', inMyList: false }] });
    expect((await ask(hidden, { key: keys.globex! })).body.data).toBeDefined();
  });

  it('is served by its path, with its own schema', async () => {
    expect((await ask(shown, { path })).body.data).toBeDefined();
    expect((await ask(hidden, { path })).body.data).toBeUndefined();
    const { body } = await ask(
      '{ __type(name: "Title") { fields { name } } mutations: __schema { mutationType { name } } }',
      { path },
    );
    expect(body.data).toEqual({
      __type: { fields: [{ name: 'id' }, { name: 'name' }] },
      mutations: { mutationType: null },
    });
  });

  it('of others is not open to a partner, and one that is not served is not there', async () => {
    const other = await ask(shown, { key: keys.acme!, path: '/contracts/everything/graphql' });
    expect([other.status, other.body.errors?.[0]?.extensions.code]).toEqual([403, 'FORBIDDEN']);
    const unknown = await ask(shown, { path: '/contracts/nothing/graphql' });
    expect([unknown.status, unknown.body.errors?.[0]?.extensions.code]).toEqual([404, 'NOT_FOUND']);
  });
});

it('operations that were published for partners are planned over the variants, too, before anybody sends them', async () => {
  const registry = folder.file('operations');
  const texts = {
    Shown: 'query Shown { titles { id name } }',
    Hidden: 'query Hidden { me titles { inMyList } }',
  };
  await runOperations({
    command: 'publish',
    args: ['m.json'],
    flags: { client: 'acme', version: '1' },
    registry,
    readFile: async () =>
      JSON.stringify(Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name}-1`, text]))),
    readSupergraph: async () => smallGraph().supergraphSdl,
    readContracts: async () => [],
    contractOf: async () => undefined,
    clock: manualClock(NOW),
  });
  const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  const warm = gatewayOver(smallGraph(), {
    contracts: [partner, everything],
    exampleOperations: [],
    config: { ...DEVELOPMENT, documents: { ...DEVELOPMENT.documents, registry } },
    logger,
  });
  await warm.start();
  onTestFinished(() => warm.stop());
  onTestFinished(() => planning.mockRestore());
  // Both over the whole graph and over the variant that hides nothing, one over the one that hides the other's fields.
  expect(planning).toHaveBeenCalledTimes(5);
  expect(lines.filter((line) => line.includes('not planned ahead'))).toEqual([]);
  const response = await fetch(`${warm.url()}/contracts/partner/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: texts.Shown }),
  });
  expect((await answerOf(response)).body.data?.titles).toContainEqual({ id: 't0', name: 'Title 0' });
  expect(planning).toHaveBeenCalledTimes(5);
});
