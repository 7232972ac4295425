/** What a preview variant leaves behind, and what of its clients' rules holds for it. */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { manualClock } from '@marquee/domain';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderVariantPublications } from '../../../../schema/publications/folder-variants.ts';
import { GRAPH, WITHOUT_BROKEN, WITHOUT_REFUSED } from '../../../test/small-graph/changing-graph.ts';
import { answerOf, ask, DEVELOPMENT, gatewayOver, NOW } from '../../../test/small-graph/small-graph.ts';
import { contractSchema } from '../../contracts/contract-filter.ts';
import { type Planner, plannerInThisThread } from '../../executor/planner/planner.ts';
import type { GatewayOptions } from '../../index.ts';
import { runPartners } from '../../partners/partners-commands.ts';
import { runOperations } from '../../trusted-documents/operations-commands.ts';
import { variantFolder } from './published-variant.ts';
import { variantSchema } from './variant-options.ts';
import { folderVariants } from './variant-source.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function folder() {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made;
}

async function serve({ config, ...options }: Partial<GatewayOptions> = {}) {
  const file = folder().file('supergraph.graphql');
  const publications = folderVariantPublications(file, () => new Date(NOW));
  const gateway = gatewayOver(GRAPH, {
    config: { ...(config ?? DEVELOPMENT), variants: variantSchema.parse({ access: 'open' }) },
    variants: { source: folderVariants({ folder: variantFolder(file), intervalMs: 10 }) },
    ...options,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  const publish = async (sdl: string) => {
    await publications.publish({ name: 'next', sdl, urls: {}, days: 1, publishedBy: 'ada', note: '' });
  };
  return { gateway, publish, retire: () => publications.retire('next') };
}

describe('a preview variant', () => {
  it('is forgotten wholly once it is replaced or taken away, also under load', async () => {
    const known: WeakRef<object>[] = [];
    const remember = ({ supergraph }: { supergraph: { apiSchema: object } }) => {
      known.push(new WeakRef(supergraph), new WeakRef(supergraph.apiSchema));
    };
    const planner: Planner = {
      ...plannerInThisThread,
      async load(...given) {
        const loaded = await plannerInThisThread.load(...given);
        if (given[0] !== GRAPH.supergraphSdl) remember(loaded);
        return loaded;
      },
      async loadNext(...given) {
        const loaded = await plannerInThisThread.loadNext(...given);
        if (loaded !== undefined) remember(loaded);
        return loaded;
      },
    };
    const { gateway, publish, retire } = await serve({ planner });
    const titles = async () => {
      const { status } = await ask(gateway, '{ titles { name inMyList } }', { 'marquee-variant': 'next' });
      return status;
    };
    const hasField = async (name: string) => {
      const answer = await ask(gateway, '{ __type(name: "Query") { fields { name } } }', {
        'marquee-variant': 'next',
      });
      return JSON.stringify(answer.body).includes(`"${name}"`);
    };
    await publish(WITHOUT_BROKEN);
    await waitUntil(async () => (await titles()) === 200);
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) expect([200, 404]).toContain(await titles());
    });
    await publish(WITHOUT_REFUSED);
    await waitUntil(() => hasField('broken'));
    await retire();
    await waitUntil(async () => (await titles()) === 404);
    isOver = true;
    await Promise.all(load);
    expect(known).toHaveLength(4);
    await waitUntil(() => {
      collectGarbage();
      return known.every((each) => each.deref() === undefined);
    });
  });

  it('is answered by the rules of who asks: documents, quota and contract of a partner', async () => {
    const clock = manualClock(NOW);
    const partners = folder().file('partners');
    const registry = folder().file('operations');
    const titles = 'query Titles { titles(first: 1) { id } }';
    await runOperations({
      ...{ command: 'publish', args: ['m.json'], registry, clock },
      flags: { client: 'acme', version: '1' },
      readFile: async () => JSON.stringify({ 'titles-1': titles }),
      readSupergraph: async () => GRAPH.supergraphSdl,
      readContracts: async () => [],
      contractOf: async () => undefined,
    });
    const keyOf = async (name: string, flags: Parameters<typeof runPartners>[0]['flags']) => {
      const run = (command: string, given: typeof flags) =>
        runPartners({ command, args: [name], flags: given, folder: partners, random: randomBytes, clock });
      await run('add', flags);
      return (await run('issue', { environment: 'development' }))[0]!;
    };
    const acme = await keyOf('acme', { policy: 'ids', rate: '3/1m' });
    const hidden = await keyOf('hidden', { policy: 'open', contract: 'public' });
    const { gateway, publish } = await serve({
      clock,
      contracts: [contractSchema.parse({ name: 'public', exclude: ['internal'] })],
      config: {
        ...DEVELOPMENT,
        documents: { ...DEVELOPMENT.documents, registry },
        partners: { folder: partners, environment: 'development' },
      },
    });
    await publish(WITHOUT_BROKEN);
    await waitUntil(async () => (await ask(gateway, '{ me }', { 'marquee-variant': 'next' })).status === 200);
    const send = async (key: string, body: object, preview = true) => {
      const response = await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', 'x-api-key': key },
          ...(preview && { 'marquee-variant': 'next' }),
        },
        body: JSON.stringify(body),
      });
      const answer = await answerOf(response);
      return { ...answer, code: answer.body.errors?.[0]?.extensions.code };
    };
    expect((await send(acme, { query: titles })).code).toBe('PERSISTED_QUERY_ID_REQUIRED');
    const byId = { documentId: 'titles-1' };
    expect((await send(acme, byId)).body.data).toEqual({ titles: [{ id: 't0' }] });
    // Previews and the graph itself are counted together.
    expect((await send(acme, byId, false)).body.data).toEqual({ titles: [{ id: 't0' }] });
    expect(await send(acme, byId)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(await send(hidden, { query: '{ me }' })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });
});
