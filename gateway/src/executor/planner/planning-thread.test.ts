import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { MarqueeError, silentLogger } from '@marquee/service-kit';
import fc from 'fast-check';
import { type DocumentNode, type OperationDefinitionNode, parse, print, printSchema } from 'graphql';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { composeSupergraph } from '../../../../schema/composition.ts';
import { contractSchema } from '../../contracts/contract-filter.ts';
import { contractSupergraph } from '../../contracts/contract-supergraph.ts';
import { OperationStore } from '../operation-store.ts';
import { withoutPause } from '../planning/pauses.ts';
import { type LoadedSupergraph, loadSupergraph } from '../supergraph/supergraph.ts';
import { federatedInParts, graphOf } from '../test/both-answers.ts';
import { corners } from '../test/corners.world.ts';
import { LABELS, moving } from '../test/moving.world.ts';
import { randomOperation } from '../test/random-operation.ts';
import { supergraphOf } from '../test/running-graph.ts';
import { shop } from '../test/shop.world.ts';
import { transit } from '../test/transit.world.ts';
import { type Faults, federate, type World } from '../test/world.ts';
import { oncePlanned, type PlannableSupergraph } from './planner.ts';
import { PlanningThread, type PlanningThreadOptions } from './planning-thread.ts';
import { PlanPending } from './plans-at-hand.ts';

const NO_FAULTS: Faults = new Map();
/** Threads come up in seconds where many tests run at once. */
const SLOW = { timeout: 60_000 };
const shared = new PlanningThread({ logger: silentLogger });
afterAll(() => shared.stop());

function started(options: Partial<PlanningThreadOptions> = {}): PlanningThread {
  const thread = new PlanningThread({ logger: silentLogger, ...options });
  onTestFinished(() => thread.stop());
  return thread;
}

interface Made {
  readonly document: DocumentNode;
  readonly name: string | undefined;
  readonly overrides: readonly string[];
  readonly outcome: unknown;
}

function outcomeOf(plan: () => unknown): unknown {
  try {
    return plan();
  } catch (error) {
    if (error instanceof PlanPending) throw error;
    return { message: (error as Error).message, extensions: (error as { extensions?: object }).extensions };
  }
}

/** Everything that is planned in this thread for an operation. */
function plannedHere(
  supergraph: LoadedSupergraph,
  document: DocumentNode,
  overrides: readonly string[],
): Made[] {
  const made: Made[] = [];
  const recording: LoadedSupergraph = {
    ...supergraph,
    plan(part, name, labels = []) {
      const entry = { document: part, name, overrides: labels };
      try {
        const plan = supergraph.plan(part, name, labels);
        made.push({ ...entry, outcome: plan });
        return plan;
      } catch (error) {
        made.push({
          ...entry,
          outcome: outcomeOf(() => {
            throw error;
          }),
        });
        throw error;
      }
    },
  };
  try {
    const operation = document.definitions[0] as OperationDefinitionNode;
    new OperationStore(recording, 1).planned(document, operation, undefined, overrides).prepare();
  } catch {
    // It is among the outcomes.
  }
  return made;
}

describe('a plan of the thread', () => {
  const worlds: readonly (readonly [string, World])[] = [
    ['shop', shop],
    ['moving', moving],
    ['transit', transit],
    ...Object.entries(corners).filter(([name]) => /moved fields|unions of which/.test(name)),
  ];
  it.each(worlds)(
    'is the one that this thread would make, in the graph %s',
    { timeout: 60_000 },
    async (_, world) => {
      const { supergraphSdl } = federate(world);
      const here = loadSupergraph(supergraphSdl);
      const there = await shared.load(supergraphSdl, { closely: true }, withoutPause);
      onTestFinished(() => there.release());
      expect(printSchema(there.supergraph.apiSchema)).toBe(printSchema(here.apiSchema));
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.subarray(LABELS), async (gen, labels) => {
          const overrides = world === moving ? labels : [];
          const pick = (below: number) => gen(fc.nat, { max: below - 1 });
          const options = { ids: ['1', 'nobody'], aliases: ['id', 'name', 'other'], defers: true };
          const { text } = randomOperation(here.apiSchema, pick, options);
          const document = parse(text);
          const made = plannedHere(here, document, overrides);
          await there.planAhead(document, undefined, overrides).catch(() => undefined);
          for (const { document: part, name, overrides: on, outcome } of made) {
            expect(await oncePlanned(() => outcomeOf(() => there.supergraph.plan(part, name, on)))).toEqual(
              outcome,
            );
          }
        }),
        { numRuns: 20, interruptAfterTimeLimit: 15_000 },
      );
    },
  );
});

describe('a graph that takes the place of another', () => {
  const graph = (fields: string) => supergraphOf({ one: `type Query { a: Int b: Int ${fields} }` });
  const load = async (thread: PlanningThread, fields: string, since?: PlannableSupergraph) => {
    const options = { closely: true };
    const there = since
      ? await thread.loadNext(graph(fields), since, options, withoutPause)
      : await thread.load(graph(fields), options, withoutPause);
    onTestFinished(() => there?.release());
    return there as PlannableSupergraph;
  };
  const planned = ({ supergraph }: PlannableSupergraph, text: string) =>
    supergraph.plan(parse(text), undefined);

  it('has the plans of what is the same in both, and no others', async () => {
    const first = await load(shared, 'c: Int');
    await oncePlanned(() => planned(first, '{ a }'));
    await oncePlanned(() => planned(first, '{ c }'));
    await first.expect('query A { a } query B($b: Boolean!) { b @include(if: $b) }');
    await first.planAhead(parse('{ a b }'), undefined, []);
    const second = await load(shared, 'c: String', first);
    expect(second.change).toEqual({ names: new Set(['c']), isVisible: true });
    expect(planned(second, '{ a }')).toEqual(planned(first, '{ a }'));
    expect(planned(second, '{ a b }')).toEqual(planned(first, '{ a b }'));
    expect(() => planned(second, '{ c }')).toThrow(PlanPending);
    // Nobody has to be asked for these.
    second.release();
    await shared.worker?.terminate();
    expect(await second.expect('query A { a } query B($b: Boolean!) { b @include(if: $b) }')).toBe(true);
    expect(await second.planAhead(parse('{ a b }'), undefined, [])).toBe(true);
  });

  it('has variants that stay as they are where their clients see no difference', SLOW, async () => {
    const contract = contractSchema.parse({ name: 'partner', include: ['partner'] });
    const whole = (fields: string) =>
      composeSupergraph([
        {
          name: 'a',
          sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@tag"])
            type Query { shown: Int @tag(name: "partner") ${fields} }`,
        },
      ]).supergraphSdl;
    const options = { enforcedFeatures: ['https://specs.apollo.dev/authenticated/v0.1'] };
    const variantOf = (fields: string) => shared.contractOf(whole(fields), contract, options);
    const load = (sdl: string) => shared.load(sdl, { ...options, closely: true }, withoutPause);
    const first = await variantOf('hidden: Int');
    expect(first).toBe(contractSupergraph(whole('hidden: Int'), contract));
    expect(await variantOf('hidden: Int other: String')).toBe(first);
    const next = await variantOf('more: Int @tag(name: "partner")');
    expect(next).toBe(contractSupergraph(whole('more: Int @tag(name: "partner")'), contract));
    // The second time it is read anew.
    for (const { supergraph } of [await load(next), await load(next)]) {
      expect(supergraph.sdl).toBe(next);
      expect(printSchema(supergraph.apiSchema)).toBe(printSchema(loadSupergraph(next).apiSchema));
      const asked = parse('{ shown more }');
      const planned = await oncePlanned(() => supergraph.plan(asked, undefined));
      expect(planned).toEqual(loadSupergraph(next).plan(asked, undefined));
    }
    await expect(shared.contractOf(whole('a: Int'), { ...contract, include: ['nobody'] })).rejects.toThrow(
      /the contract partner makes no graph/,
    );
  });

  it('is not needed where nobody sees a difference', async () => {
    const first = await load(shared, 'c: Int @inaccessible');
    expect(await load(shared, 'c: Int @inaccessible d: Int @inaccessible', first)).toBeUndefined();
    const checked = { closely: true, isChecked: true };
    const hidden = graph('c: Int @inaccessible e: Int @inaccessible');
    expect(await shared.loadNext(hidden, first, checked, withoutPause)).toBeUndefined();
    const seen = await load(shared, 'c: Int d: Int @inaccessible', first);
    expect(await oncePlanned(() => planned(seen, '{ c }'))).toMatchObject({ kind: 'QueryPlan' });
  });

  it('is another one where the thread does not know the one before', SLOW, async () => {
    const thread = started();
    const first = await load(thread, 'c: Int');
    await oncePlanned(() => planned(first, '{ a }'));
    await thread.worker?.terminate();
    const second = await load(thread, 'd: Int', first);
    expect(second.change).toBeUndefined();
    expect(() => planned(second, '{ a }')).toThrow(PlanPending);
  });

  it('is told what is wrong with a text that it is to expect', async () => {
    const first = await load(shared, '');
    await expect(first.expect('{')).rejects.toThrow(/Syntax Error/);
    await expect(first.expect('{ nobody }')).rejects.toThrow(/nobody/);
  });
});

describe('an operation that the thread plans', () => {
  it('is answered in parts as one that is planned here', SLOW, async () => {
    const graph = graphOf(shop);
    const there = await shared.load(graph.federation.supergraphSdl, { closely: true }, withoutPause);
    onTestFinished(() => there.release());
    const text = '{ topReviews { body ... @defer(label: "later") { product { name } } } }';
    const ask = (supergraph: LoadedSupergraph) =>
      oncePlanned(() => federatedInParts({ ...graph, supergraph }, { text, variables: {} }, NO_FAULTS));
    const answer = await ask(there.supergraph);
    expect(answer.pending).not.toEqual([]);
    expect(answer).toEqual(await ask(graph.supergraph));
  });

  it('is answered whole where planning its parts takes too long', async () => {
    const graph = graphOf(shop);
    const text = '{ topReviews { body ... @defer(label: "later") { product { name } } } }';
    const asked: string[] = [];
    const supergraph: LoadedSupergraph = {
      ...graph.supergraph,
      plan: (document, ...rest) => {
        asked.push(print(document));
        if (asked.at(-1)!.includes('@defer')) throw new MarqueeError('DEADLINE_EXCEEDED', 'too long');
        return graph.supergraph.plan(document, ...rest);
      },
    };
    const answer = await federatedInParts({ ...graph, supergraph }, { text, variables: {} }, NO_FAULTS);
    expect(asked.map((one) => one.includes('@defer'))).toEqual([true, false]);
    expect(answer.pending).toEqual([]);
    expect(answer.first.data).toEqual(
      (
        await federatedInParts(
          graph,
          { text: text.replace('@defer(label: "later")', ''), variables: {} },
          NO_FAULTS,
        )
      ).first.data,
    );
  });

  it('has no plan: that is told as it is told here, and asked once', async () => {
    const { supergraphSdl } = federate(shop);
    const there = await shared.load(supergraphSdl, { closely: true }, withoutPause);
    onTestFinished(() => there.release());
    const plan = () => there.supergraph.plan(parse('{ nobody }'), undefined);
    const message = outcomeOf(() => loadSupergraph(supergraphSdl).plan(parse('{ nobody }'), undefined));
    expect(await oncePlanned(() => outcomeOf(plan))).toEqual(message);
    expect(outcomeOf(plan)).toEqual(message);
  });
});

describe('the thread', () => {
  const SDL = supergraphOf({ one: 'type Query { a: Int b: Int }' });
  const load = (thread: PlanningThread, sdl = SDL) => thread.load(sdl, { closely: true }, withoutPause);
  const planned = (there: PlannableSupergraph, text: string) =>
    oncePlanned(() => there.supergraph.plan(parse(text), undefined));
  /** Of which each selection is one to plan. */
  const LARGE = `{ ${Array.from({ length: 2_000 }, (_, i) => `a${i}: a`).join(' ')} }`;

  it('refuses what is no supergraph, and goes on', async () => {
    for (const broken of ['type Query { size: Int }', '{', '']) {
      await expect(load(shared, broken)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('cannot be served'),
      });
    }
    expect(await planned(await load(shared), '{ a }')).toMatchObject({ kind: 'QueryPlan' });
  });

  it(
    'is replaced when it dies, whether it has something to do or not, and nobody notices',
    SLOW,
    async () => {
      const thread = started();
      const there = await load(thread);
      await thread.worker?.terminate();
      expect(await planned(there, '{ a }')).toMatchObject({ kind: 'QueryPlan' });
      const waiting = planned(there, LARGE);
      const later = planned(there, '{ b }');
      await thread.worker?.terminate();
      expect(await waiting).toMatchObject({ kind: 'QueryPlan' });
      expect(await later).toMatchObject({ kind: 'QueryPlan' });
    },
  );

  it('is ended over what takes too long, which is then not tried again for a while', SLOW, async () => {
    const thread = started({ planWithinMs: 1 });
    const there = await load(thread);
    const first = thread.worker;
    await expect(planned(there, LARGE)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(thread.worker).not.toBe(first);
    expect(await load(thread)).toBeDefined();
    const second = thread.worker;
    await expect(planned(there, LARGE)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(thread.worker).toBe(second);
  });

  it.runIf(process.platform === 'linux')(
    'gives way to the threads that serve, which keep their priority',
    async () => {
      const before = niceness();
      const thread = started();
      await load(thread);
      const own = `${process.pid}`;
      expect(niceness().get(own)).toBe(before.get(own));
      expect([...niceness().values()]).toContain(15);
    },
  );

  it('has a bounded line, and refuses whoever waits in it when it stops', async () => {
    const thread = started({ maxWaiting: 2 });
    const waiting = [load(thread), load(thread)].map((one) =>
      expect(one).rejects.toMatchObject({ code: 'SHUTTING_DOWN' }),
    );
    await expect(load(thread)).rejects.toMatchObject({ code: 'OVERLOADED' });
    await thread.stop();
    await Promise.all(waiting);
    await expect(load(thread)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('plans for a graph that is in force no more, and does not keep it', async () => {
    const thread = started();
    const there = await load(thread);
    there.release();
    expect(await planned(there, '{ a }')).toMatchObject({ kind: 'QueryPlan' });
    expect(await planned(there, '{ b }')).toMatchObject({ kind: 'QueryPlan' });
  });
});

/** By thread of this process. */
function niceness(): ReadonlyMap<string, number> {
  return new Map(
    readdirSync('/proc/self/task').flatMap((task) => {
      const file = `/proc/self/task/${task}/stat`;
      // One that has just ended has none.
      if (!existsSync(file)) return [];
      // The 19th field; the second, a name, may hold spaces.
      return [[task, Number(readFileSync(file, 'utf8').split(') ')[1]!.split(' ')[16])] as const];
    }),
  );
}
