/**
 * What making pages ahead is worth: hit rate and the latency it saves, on the sample world in one process.
 *   node bench/prewarm.ts [--profiles 600] [--days 30] [--pages 200]
 * The simulated audience comes by a schedule that the model of arrivals does not know: it guesses each hour of the last day from what
 * was before it. The latency is that of the home service, without a gateway.
 */
import { HOUR_MS } from '@marquee/domain';
import { ArrivalModel } from '@marquee/prewarmer';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { parseCommandLine } from '@marquee/service-kit';
import { runSubgraph } from '../subgraphs/recommendation/src/test/running-subgraph.ts';
import { createTestWorld } from '../subgraphs/recommendation/src/test/test-world.ts';

const { values } = parseCommandLine({
  args: process.argv.slice(2),
  options: {
    profiles: { type: 'string', default: '600' },
    days: { type: 'string', default: '30' },
    pages: { type: 'string', default: '200' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help === true) {
  process.stdout.write('node bench/prewarm.ts [--profiles 600] [--days 30] [--pages 200]\n');
  process.exit();
}
const profiles = Number(values.profiles);
const days = Number(values.days);
const pages = Number(values.pages);

const world = await createTestWorld({ profiles, days });
const running = await runSubgraph(world.deps({ patience: 20 }));
const { home } = running.subgraph;
const now = world.clock.now();

// What is guessed: the last day of the past, hour by hour, from what came before each hour.
const { titles } = buildSampleCatalogue({ now });
const audience = createAudience({ seed: 7, titles, profiles, now });
const plays = [...audience.history({ days })].flat().filter(({ type }) => type === 'PLAY_START');
plays.sort((a, b) => a.occurredAt - b.occurredAt);
const model = new ArrivalModel();
const end = plays.at(-1)?.occurredAt ?? now;
let next = 0;
let made = 0;
let came = 0;
let expected = 0;
for (let hour = end - 24 * HOUR_MS; hour < end; hour += HOUR_MS) {
  for (; next < plays.length && plays[next]!.occurredAt < hour; next++) {
    model.seen(plays[next]!.profileId, plays[next]!.occurredAt, undefined);
  }
  const ahead = new Set(model.likeliest(hour, pages).map(({ profileId }) => profileId));
  const coming = new Set<string>();
  for (let i = next; i < plays.length && plays[i]!.occurredAt < hour + HOUR_MS; i++)
    coming.add(plays[i]!.profileId);
  made += ahead.size;
  came += coming.size;
  expected += [...coming].filter((profileId) => ahead.has(profileId)).length;
}

// What it saves: half of some viewers find a page that was made ahead, the others' are made as they ask, in turns.
const times = { ahead: [] as number[], asked: [] as number[] };
for (let i = 0; i < 30; i++) await home.makeAhead({ profileId: `nobody-${i}` });
const viewers = [...audience.profileIds()].slice(0, 100);
for (const [i, profileId] of viewers.entries()) if (i % 2 === 0) await home.makeAhead({ profileId });
for (const [i, profileId] of viewers.entries()) {
  const askedAt = performance.now();
  await home.home({ profileId });
  times[i % 2 === 0 ? 'ahead' : 'asked'].push(performance.now() - askedAt);
}
const quantile = (list: readonly number[], q: number): string =>
  `${[...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))]!.toFixed(2)} ms`;
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`;
process.stdout.write(
  [
    `hit rate: ${percent(expected, came)} of ${came} visits of the last day found a page, with ${pages} pages for ${profiles} viewers each hour (by chance ${percent(pages, profiles)})`,
    `used: ${percent(expected, made)} of ${made} pages`,
    `made ahead  p50 ${quantile(times.ahead, 0.5)}  p99 ${quantile(times.ahead, 0.99)}  (${times.ahead.length})`,
    `as asked    p50 ${quantile(times.asked, 0.5)}  p99 ${quantile(times.asked, 0.99)}  (${times.asked.length})`,
    '',
  ].join('\n'),
);
await running.stop();
await world.stop();
