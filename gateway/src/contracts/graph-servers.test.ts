import { MarqueeError } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { changingGateway, GRAPH, WITHOUT_BROKEN } from '../../test/small-graph/changing-graph.ts';
import { answerOf } from '../../test/small-graph/small-graph.ts';
import { type Planner, plannerInThisThread } from '../executor/planner/planner.ts';
import { nameOf, type SupergraphListener, type SupergraphSource } from '../federation/supergraph-source.ts';
import { contractSchema } from './contract-filter.ts';

const WHOLE = '/graphql';
const VARIANT = '/contracts/everything/graphql';

/** A gateway of the whole graph and a variant that hides nothing. @param beforeVariant what a variant waits for before it is loaded. */
async function served(beforeVariant: () => Promise<void>) {
  let listener: SupergraphListener | undefined;
  const offer = (sdl: string) => listener?.offered({ name: nameOf(sdl), sdl });
  const source: SupergraphSource = {
    name: 'supergraph source',
    listen: (given) => {
      listener = given;
    },
    start: async () => offer(GRAPH.supergraphSdl),
    stop: async () => undefined,
    readiness: () => ({ ready: true }),
  };
  const planner: Planner = {
    ...plannerInThisThread,
    async loadNext(...given) {
      // The gateway has made the text of a variant itself.
      if (given[2].isChecked) await beforeVariant();
      return plannerInThisThread.loadNext(...given);
    },
  };
  const contracts = [contractSchema.parse({ name: 'everything' })];
  const { gateway, detail, stop } = await changingGateway({ source }, { planner, contracts });
  onTestFinished(stop);
  const hasBroken = async (path: string) => {
    const response = await fetch(gateway.url() + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __type(name: "Query") { fields { name } } }' }),
    });
    const type = (await answerOf(response)).body.data?.__type as { fields: { name: string }[] };
    return type.fields.some(({ name }) => name === 'broken');
  };
  const bothHaveBroken = async () => [await hasBroken(WHOLE), await hasBroken(VARIANT)];
  return { offer, detail, hasBroken, bothHaveBroken };
}

describe('the whole graph and its variants', () => {
  it('change at once, when the last of them is ready', async () => {
    const asked = Promise.withResolvers<void>();
    const ready = Promise.withResolvers<void>();
    const { offer, hasBroken, bothHaveBroken } = await served(() => {
      asked.resolve();
      return ready.promise;
    });
    onTestFinished(() => ready.resolve());
    offer(WITHOUT_BROKEN);
    await asked.promise;
    expect(await bothHaveBroken()).toEqual([true, true]);
    ready.resolve();
    await waitUntil(async () => !(await hasBroken(WHOLE)));
    expect(await hasBroken(VARIANT)).toBe(false);
  });

  it('stay as they were when one of them cannot be changed, and all follow the next one', async () => {
    let isBroken = true;
    const { offer, detail, hasBroken, bothHaveBroken } = await served(async () => {
      if (isBroken) throw new MarqueeError('CONFIG_INVALID', 'the variant is beyond this gateway');
    });
    offer(WITHOUT_BROKEN);
    await waitUntil(() => detail().includes('beyond this gateway'), { what: detail() });
    expect(await bothHaveBroken()).toEqual([true, true]);
    isBroken = false;
    offer(`${WITHOUT_BROKEN}\n# once more`);
    await waitUntil(async () => !(await hasBroken(WHOLE)));
    expect(await hasBroken(VARIANT)).toBe(false);
  });
});
