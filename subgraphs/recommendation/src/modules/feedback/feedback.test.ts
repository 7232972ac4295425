import { HOUR_MS, MINUTE_MS } from '@marquee/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type HomeAnswer, type RunningSubgraph, runSubgraph } from '../../test/running-subgraph.ts';
import { createTestWorld, type TestWorld } from '../../test/test-world.ts';

const VIEWER = 'persona-deep-space';
const RECORD = `mutation($events: [EventInput!]!) { recordEvents(input: { events: $events }) {
  accepted duplicates rejected { eventId code message field } } }`;

interface Intake {
  accepted: number;
  duplicates: number;
  rejected: { eventId: string; code: string; message: string; field: string }[];
}

let world: TestWorld;
let running: RunningSubgraph;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 30 });
  running = await runSubgraph(world.deps());
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});
beforeEach(() => world.clock.advance(2 * HOUR_MS));

async function record(events: unknown[], viewer: string | undefined = VIEWER): Promise<Intake> {
  return (await running.ask<{ recordEvents: Intake }>(RECORD, { events }, viewer)).recordEvents;
}

let unique = 0;
function play(parts: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    eventId: `e${unique++}`,
    type: 'PLAY_PROGRESS',
    occurredAt: new Date(world.clock.now()).toISOString(),
    titleId: world.catalogue[0]!.id,
    watchedSeconds: 600,
    ...parts,
  };
}

function itemOf(home: HomeAnswer, row = 1, place = 4) {
  return home.rows.nodes[row]!.items.nodes[place]!;
}

describe('recordEvents', () => {
  test('a play shows in continue-watching of the next page, and its event carries where the title stood', async () => {
    const before = await running.home(VIEWER);
    const { title, trackingToken, position } = itemOf(before);
    const eventId = 'a-play';
    expect(
      await record([
        play({
          eventId,
          titleId: title.id,
          trackingToken,
          watchedSeconds: 600,
          positionSeconds: 600,
          device: 'TV',
        }),
      ]),
    ).toEqual({ accepted: 1, duplicates: 0, rejected: [] });

    const after = await running.home(VIEWER);
    expect(after.slateId).not.toBe(before.slateId);
    expect(after.rows.nodes[0]!.kind).toBe('CONTINUE_WATCHING');
    expect(after.rows.nodes[0]!.items.nodes[0]!.title.id).toBe(title.id);

    const last = await world.bus.lastSequence();
    const found = [];
    for await (const batch of world.bus.replay({ types: ['PLAY_PROGRESS'], afterSequence: last - 50 })) {
      found.push(...batch.map(({ event }) => event).filter((event) => event.slateId === before.slateId));
    }
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      profileId: VIEWER,
      row: 1,
      position,
      propensity: 1,
      modelVersion: before.modelVersions[0]!.version,
      payload: { titleId: title.id, watchedSeconds: 600, positionSeconds: 600, device: 'TV' },
    });
  });

  test('good events of a batch are kept, bad ones listed with field, code and reason', async () => {
    const item = itemOf(await running.home(VIEWER));
    const foreign = itemOf(await running.home('persona-classic-drama'));
    const now = world.clock.now();
    const bad: [Record<string, unknown>, string, string][] = [
      [play({ watchedSeconds: -1 }), 'watchedSeconds', 'BAD_USER_INPUT'],
      [play({ watchedSeconds: 172_801 }), 'watchedSeconds', 'BAD_USER_INPUT'],
      [play({ positionSeconds: -5 }), 'positionSeconds', 'BAD_USER_INPUT'],
      [play({ occurredAt: new Date(now + 5 * MINUTE_MS + 1).toISOString() }), 'occurredAt', 'BAD_USER_INPUT'],
      [play({ occurredAt: 'yesterday' }), 'occurredAt', 'BAD_USER_INPUT'],
      [play({ occurredAt: '2026-13-45T00:00:00Z' }), 'occurredAt', 'BAD_USER_INPUT'],
      [play({ occurredAt: '2026-02-30T00:00:00Z' }), 'occurredAt', 'BAD_USER_INPUT'],
      [play({ occurredAt: 17 }), 'occurredAt', 'BAD_USER_INPUT'],
      [play({ eventId: '' }), 'eventId', 'BAD_USER_INPUT'],
      [play({ eventId: 'x'.repeat(129) }), 'eventId', 'BAD_USER_INPUT'],
      [play({ titleId: 'x'.repeat(129) }), 'titleId', 'BAD_USER_INPUT'],
      [play({ titleId: 'no-such-title' }), 'titleId', 'NOT_FOUND'],
      [
        play({ titleId: item.title.id, trackingToken: `${item.trackingToken}A` }),
        'trackingToken',
        'BAD_USER_INPUT',
      ],
      [play({ titleId: item.title.id, trackingToken: '' }), 'trackingToken', 'BAD_USER_INPUT'],
      [play({ trackingToken: item.trackingToken }), 'trackingToken', 'BAD_USER_INPUT'],
      [
        play({ titleId: foreign.title.id, trackingToken: foreign.trackingToken }),
        'trackingToken',
        'FORBIDDEN',
      ],
    ];
    const good = [
      play({ occurredAt: new Date(now + 5 * MINUTE_MS).toISOString() }),
      play({ watchedSeconds: 172_800 }),
    ];
    const intake = await record([good[0], ...bad.map(([event]) => event), good[1]]);
    expect(intake.accepted).toBe(2);
    expect(intake.rejected.map(({ field, code }) => [field, code])).toEqual(
      bad.map(([, field, code]) => [field, code]),
    );
    for (const [i, { eventId, message, field }] of intake.rejected.entries()) {
      expect(eventId).toBe((bad[i]![0].eventId as string).slice(0, 128));
      expect(message).toContain(field);
    }
  });

  test('an event counts once, however often it is sent and wherever it stands twice', async () => {
    const event = play();
    expect(await record([event, event])).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
    expect(await record([event])).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
  });

  test('one client cannot swallow the event of another by using its id', async () => {
    const event = play();
    expect((await record([event], 'persona-classic-drama')).accepted).toBe(1);
    expect((await record([event])).accepted).toBe(1);
  });

  test('a batch above five hundred is refused as a whole; five hundred are taken', async () => {
    const events = Array.from({ length: 501 }, () => play({ type: 'IMPRESSION', watchedSeconds: undefined }));
    expect(await running.refusal(RECORD, { events }, VIEWER)).toBe('BAD_USER_INPUT');
    expect(await record(events.slice(0, 500))).toEqual({ accepted: 500, duplicates: 0, rejected: [] });
    expect(await record([])).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
  });

  test('unknown types are refused by the schema, anonymous viewers by code', async () => {
    const unknown = await running.subgraph.execute({
      query: RECORD,
      variables: { events: [play({ type: 'SNEEZED' })] },
      context: {
        requestId: 'r',
        deadline: { remainingMs: () => 1_000, expired: false, within: () => null as never },
      },
    });
    expect(unknown.errors?.[0]?.message).toContain('EventType');
    expect(await running.refusal(RECORD, { events: [play()] })).toBe('UNAUTHENTICATED');
  });
});
