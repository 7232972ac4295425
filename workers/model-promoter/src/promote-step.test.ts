/** Models that were really trained on their way through the real registry, gates, shadow figures and lake. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { productionOf, trialsOf } from '@marquee/model-registry';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_POLICY, MODEL_PROMOTER, type PromotionPolicy, promoteStep } from './promote-step.ts';
import { promotionWorld } from './test/promotion-world.ts';

const HOUR_MS = 3_600_000;
const POLICY: PromotionPolicy = {
  ...DEFAULT_POLICY,
  // How fast another tiny model is scored on a busy machine is nothing to be judged here.
  gates: { latencyBudgetMs: 10_000 },
  shadow: { slates: 20 },
  canary: { profiles: 150, atLeastMs: HOUR_MS, atMostMs: 48 * HOUR_MS, margin: 0.15 },
  canaryShare: 0.3,
};

async function begun() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const world = await promotionWorld(folder.path);
  onTestFinished(world.stop);
  await world.holdout();
  const production = await world.train('one', 1);
  await world.registry.adopt(production, { by: 'a test', why: 'it serves' });
  const registered = async (version: string, seed: number, options = {}) => {
    const name = await world.train(version, seed, options);
    await world.registry.register(name, { by: 'a test', why: 'a training' });
    return name;
  };
  const step = () => promoteStep(world.deps, POLICY);
  const stageOf = async (name: string) => (await world.registry.current()).state.versions[name]?.stage;
  return { ...world, production, registered, step, stageOf };
}

describe('the way of a model into production', () => {
  it('leads through gates, shadow and canary, each with its evidence, and nobody moves it by hand', async () => {
    const { registry, registered, step, shadow, served, clock, production, stageOf } = await begun();
    expect(await step()).toMatchObject({ version: undefined });
    const two = await registered('two', 2);

    expect(await step()).toMatchObject({ from: 'candidate', to: 'shadow' });
    expect(trialsOf((await registry.current()).state)).toEqual({ shadow: { version: two }, canary: null });
    expect(await step()).toMatchObject({ to: undefined, why: '0 of 20 pages looked at' });
    await shadow(two, production, 25);
    expect(await step()).toMatchObject({ from: 'shadow', to: 'canary' });
    const { canary } = trialsOf((await registry.current()).state);
    expect(canary).toEqual({ version: two, share: 0.3, since: clock.now() });

    expect(await step()).toMatchObject({ to: undefined, why: 'nothing is in the lake yet' });
    await served(two, 200, { canary: 0.5, control: 0.5 });
    clock.advance(2 * HOUR_MS);
    expect(await step()).toMatchObject({ to: undefined, why: '100 profiles as canary, 100 beside them' });
    await served(two, 1_600, { canary: 0.55, control: 0.5 }, 2);
    expect(await step()).toMatchObject({ from: 'canary', to: 'production' });
    expect(productionOf((await registry.current()).state)).toBe(two);
    expect(await stageOf(production)).toBe('archived');

    const moves = (await registry.history()).slice(0, 3);
    expect(moves.map(({ kind, to, by }) => [kind, to, by])).toEqual([
      ['promote', 'production', MODEL_PROMOTER],
      ['promote', 'canary', MODEL_PROMOTER],
      ['promote', 'shadow', MODEL_PROMOTER],
    ]);
    expect(moves[0]!.evidence).toMatchObject({ verdict: 'passed', profiles: { canary: 900, control: 900 } });
    expect(moves[1]!.evidence).toMatchObject({ verdict: 'passed', slates: 25 });
    expect(moves[2]!.evidence).toMatchObject({ passed: true, comparedWith: production });
  });

  it('ends at the gates for a model whose labels were shuffled', async () => {
    const { registry, registered, step, stageOf, production } = await begun();
    const bad = await registered('bad', 3, { shuffled: true });
    const { to, why } = await step();
    expect(to).toBe('archived');
    expect(why).toContain('ndcg@10');
    expect(await stageOf(bad)).toBe('archived');
    expect(productionOf((await registry.current()).state)).toBe(production);
    // Once: what was stopped is not examined again.
    expect(await step()).toMatchObject({ version: undefined });
  });

  it('ends in shadow for such a model, had the gates been forced', async () => {
    const { registry, registered, step, shadow, stageOf, production } = await begun();
    const bad = await registered('bad', 3, { shuffled: true });
    await registry.promote(bad, {
      ...{ by: 'ada', why: 'to see it fail', to: 'shadow', evidence: null, forced: true },
    });
    await shadow(bad, production, 25);
    const { to, why } = await step();
    expect(to).toBe('archived');
    expect(why).toMatch(/shadow-order \(Spearman/);
    expect(await stageOf(bad)).toBe('archived');
  });

  it('leads through the shadow stage for a model whose probabilities are about another base rate, as it says', async () => {
    const { registry, registered, step, shadow } = await begun();
    const force = { by: 'ada', why: 'nothing of the gates', evidence: null, forced: true } as const;
    const says = await registered('says', 2, { unwatched: 1 });
    await registry.promote(says, { ...force, to: 'production' });
    const rarely = await registered('rarely', 4, { unwatched: 40 });
    await registry.promote(rarely, { ...force, to: 'shadow' });
    await shadow(rarely, says, 25);
    expect(await step()).toMatchObject({ from: 'shadow', to: 'canary' });
  });

  it('is rolled back without a person when a model that passes offline hurts as canary', async () => {
    const { registry, registered, step, shadow, served, stageOf, production } = await begun();
    const two = await registered('two', 2);
    await step();
    await shadow(two, production, 25);
    await step();
    expect(await stageOf(two)).toBe('canary');
    // No hour has passed and it is fewer than are needed to let it take over: harm does not wait.
    await served(two, 240, { canary: 0.25, control: 0.55 });
    const { to, why } = await step();
    expect(to).toBe('archived');
    expect(why).toMatch(/^rolled back, it hurts: .*qualified-watches-per-session/);
    const { state } = await registry.current();
    expect(trialsOf(state)).toEqual({ shadow: null, canary: null });
    expect(productionOf(state)).toBe(production);
    const [move] = await registry.history();
    expect(move).toMatchObject({
      kind: 'reject',
      from: 'canary',
      by: MODEL_PROMOTER,
      evidence: { verdict: 'hurt' },
    });
  });

  it('ends when it cannot be told to be harmless in time, and waits where production is pinned', async () => {
    const { registry, registered, step, shadow, served, clock, production, stageOf } = await begun();
    const two = await registered('two', 2);
    await step();
    await shadow(two, production, 25);
    await step();
    await served(two, 80, { canary: 0.5, control: 0.5 });
    clock.advance(49 * HOUR_MS);
    expect(await step()).toMatchObject({ to: 'archived', why: expect.stringContaining('could not be told') });

    const three = await registered('three', 4);
    await step();
    await shadow(three, production, 25);
    await step();
    await registry.pin(production, { by: 'ada', why: 'a test' });
    await served(three, 1_600, { canary: 0.55, control: 0.5 }, 3);
    clock.advance(2 * HOUR_MS);
    expect(await step()).toMatchObject({ to: undefined, why: expect.stringContaining('is pinned') });
    expect(await stageOf(three)).toBe('canary');
  });

  it('is for the newest of several candidates; those before it are recorded as overtaken once it has passed', async () => {
    const { registry, registered, step, stageOf, clock } = await begun();
    const older = await registered('two', 2);
    clock.advance(1_000);
    const newer = await registered('three', 4);
    expect(await step()).toMatchObject({ version: newer, to: 'shadow' });
    expect(await stageOf(older)).toBe('archived');
    const move = (await registry.history()).find(
      ({ version, kind }) => version === older && kind === 'reject',
    );
    expect(move).toMatchObject({ by: MODEL_PROMOTER, why: expect.stringContaining(`overtaken by ${newer}`) });
  });

  it('is open to the one before where the newest is stopped: a training that went wrong takes no good model with it', async () => {
    const { registered, step, stageOf, clock } = await begun();
    const good = await registered('two', 2);
    clock.advance(1_000);
    const bad = await registered('bad', 3, { shuffled: true });
    expect(await step()).toMatchObject({ version: bad, to: 'archived' });
    expect(await stageOf(good)).toBe('candidate');
    expect(await step()).toMatchObject({ version: good, to: 'shadow' });
  });

  it('is over for a candidate that is older than what a person has put into production meanwhile', async () => {
    const { registry, registered, step, production } = await begun();
    const older = await registered('two', 2);
    const newer = await registered('three', 4);
    await registry.promote(newer, {
      ...{ by: 'ada', why: 'it is urgent', to: 'production', evidence: null, forced: true },
    });
    expect(await step()).toMatchObject({
      ...{ version: older, to: 'archived' },
      why: `overtaken by ${newer}, which is newer and serves`,
    });
    // Taken back: what is newer than what serves now may come.
    await registry.rollback({ by: 'ada', why: 'it was not' });
    expect(productionOf((await registry.current()).state)).toBe(production);
    const newest = await registered('four', 5);
    expect(await step()).toMatchObject({ version: newest, to: 'shadow' });
  });

  it('has its turn after a canary, whatever came meanwhile: candidates behind one wait, and are seen to', async () => {
    const { registry, registered, step, shadow, served, clock, production, stageOf } = await begun();
    const canary = await registered('two', 2);
    await step();
    clock.advance(1_000);
    const first = await registered('three', 4);
    // Behind what is in shadow as well.
    expect((await step()).why).toBe(`0 of 20 pages looked at; behind it: ${first}`);
    await shadow(canary, production, 25);
    expect(await step()).toMatchObject({ to: 'canary' });
    clock.advance(1_000);
    const second = await registered('four', 5);
    expect((await step()).why).toBe(
      `nothing is in the lake yet; behind it: ${[first, second].sort().join(', ')}`,
    );
    expect([await stageOf(first), await stageOf(second)]).toEqual(['candidate', 'candidate']);
    await served(canary, 240, { canary: 0.25, control: 0.55 });
    expect(await step()).toMatchObject({ version: canary, to: 'archived' });
    expect(await step()).toMatchObject({ version: second, to: 'shadow' });
    expect(await stageOf(first)).toBe('archived');
    expect((await registry.history()).find(({ version }) => version === first)?.why).toMatch(
      /^overtaken by /,
    );
  });

  it.each(['shadow', 'canary'] as const)(
    'ends for what was damaged while it was in stage %s, and is free for the next',
    async (stage) => {
      const { registry, deps, registered, step, shadow, served, clock, production } = await begun();
      const two = await registered('two', 2);
      await step();
      await shadow(two, production, 25);
      if (stage === 'canary') {
        await step();
        await served(two, 1_600, { canary: 0.6, control: 0.5 });
        clock.advance(2 * HOUR_MS);
      }
      await appendFile(join(deps.registry.modelsFolder, two, 'model.onnx'), 'x');
      const three = await registered('three', 4);
      expect(await step()).toMatchObject({
        ...{ version: two, from: stage, to: 'archived' },
        why: expect.stringMatching(/cannot be loaded.*checksum/),
      });
      expect(productionOf((await registry.current()).state)).toBe(production);
      expect(await step()).toMatchObject({ version: three, to: 'shadow' });
    },
  );
});
