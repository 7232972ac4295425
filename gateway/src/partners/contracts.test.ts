import { randomBytes } from 'node:crypto';
import { manualClock } from '@marquee/domain';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, DEVELOPMENT, gatewayOver, NOW, smallGraph } from '../../test/small-graph/small-graph.ts';
import { contractSchema } from '../contracts/contract-filter.ts';
import type { Gateway } from '../index.ts';
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
