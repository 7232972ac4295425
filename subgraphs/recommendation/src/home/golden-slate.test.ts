/**
 * One seeded page as a file that a person can review. The audience is written down here rather than simulated, and
 * too small to train a ranker from (the hand-set prior ranks), so the page changes when recommending does.
 */
import { DAY_MS, HOUR_MS, type MarqueeEvent } from '@marquee/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededEntropy } from '../slates/slate-entropy.ts';
import { type HomeAnswer, type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld, WORLD_NOW } from '../test/test-world.ts';

const VIEWER = 'science-fiction-fan';

const WATCHED = [
  't_alien-1979',
  't_blade-runner-1982',
  't_the-matrix-1999',
  't_total-recall-1990',
  't_gattaca-1997',
  't_minority-report-2002',
  't_the-terminator-1984',
];

/** What the others watched: four circles with a taste each, six people in every one. */
const CIRCLES: readonly (readonly string[])[] = [
  [
    't_alien-1979',
    't_aliens-1986',
    't_predator-1987',
    't_the-matrix-1999',
    't_blade-runner-1982',
    't_district-9-2009',
    't_moon-2009',
    't_starship-troopers-1997',
    't_the-fifth-element-1997',
  ],
  [
    't_the-godfather-1972',
    't_goodfellas-1990',
    't_casino-1995',
    't_pulp-fiction-1994',
    't_fargo-1996',
    't_reservoir-dogs-1992',
    't_the-departed-2006',
  ],
  [
    't_toy-story-1995',
    't_shrek-2001',
    't_finding-nemo-2003',
    't_the-incredibles-2004',
    't_up-2009',
    't_wall-e-2008',
    't_cars-2006',
  ],
  [
    't_the-wild-bunch-1969',
    't_dances-with-wolves-1990',
    't_pale-rider-1985',
    't_silverado-1985',
    't_open-range-2003',
  ],
];

function played(profileId: string, titleId: string, at: number, watchedSeconds = 7_200): MarqueeEvent {
  return eventOf('PLAY_STOP', profileId, { titleId, watchedSeconds, positionSeconds: watchedSeconds }, at);
}

function history(): readonly MarqueeEvent[] {
  const events: MarqueeEvent[] = [];
  for (const [circle, titleIds] of CIRCLES.entries()) {
    for (let person = 0; person < 6; person++) {
      for (const [i, titleId] of titleIds.entries()) {
        // Everybody leaves another one out.
        if ((i + person) % 4 === 3) continue;
        events.push(played(`circle-${circle}-${person}`, titleId, WORLD_NOW - (i + person + 1) * DAY_MS));
      }
    }
  }
  for (const [i, titleId] of WATCHED.entries())
    events.push(played(VIEWER, titleId, WORLD_NOW - (20 + i) * DAY_MS));
  events.push(
    played(VIEWER, 't_dark-city-1998', WORLD_NOW - 3 * HOUR_MS, 1_500),
    eventOf('REACTION_SET', VIEWER, { titleId: 't_gattaca-1997', reaction: 'LIKE' }, WORLD_NOW - 19 * DAY_MS),
    eventOf('LIST_SAVED', VIEWER, { titleId: 't_contact-1997' }, WORLD_NOW - 2 * DAY_MS),
    eventOf('PERSON_FOLLOWED', VIEWER, { personId: 'p_ridley-scott' }, WORLD_NOW - DAY_MS),
    eventOf('TITLE_HIDDEN', VIEWER, { titleId: 't_avatar-2009' }, WORLD_NOW - DAY_MS),
  );
  return events.toSorted((a, b) => a.occurredAt - b.occurredAt);
}

let world: TestWorld;
let running: RunningSubgraph;
beforeAll(async () => {
  world = await createTestWorld({ events: history() });
  running = await runSubgraph(world.deps({ entropy: seededEntropy(2026) }));
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});

test('a seeded page is the one that was reviewed', async () => {
  await expect(describePage(await running.home(VIEWER))).toMatchFileSnapshot('./golden-slate.txt');
});

function describePage(home: HomeAnswer): string {
  const lines = [
    `Page of ${VIEWER}, generated ${home.generatedAt}`,
    `watched: ${WATCHED.map(nameOf).join(', ')}; begun: ${nameOf('t_dark-city-1998')}`,
    `liked: ${nameOf('t_gattaca-1997')}; saved: ${nameOf('t_contact-1997')}; follows: Ridley Scott; hidden: ${nameOf('t_avatar-2009')}`,
    `degradations: ${home.degradations.map(({ code }) => code).join(', ') || 'none'}`,
  ];
  for (const row of home.rows.nodes) {
    lines.push('', `${row.headline}  [${row.kind}, ${row.items.nodes.length}]`);
    for (const item of row.items.nodes.slice(0, 12)) {
      const reason =
        item.reason !== null && item.reason.text !== row.headline ? `  (${item.reason.text})` : '';
      lines.push(`  ${String(item.position).padStart(2)}  ${nameOf(item.title.id)}${reason}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function nameOf(titleId: string): string {
  const title = world.titles.get(titleId);
  if (title === undefined) throw new Error(`the sample catalogue has no ${titleId}`);
  return `${title.name} (${title.releaseYear}; ${title.genreIds.map((id) => id.slice(2)).join(', ')})`;
}
