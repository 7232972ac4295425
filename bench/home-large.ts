/** The home pipeline at 500,000 titles, stage by stage, beside the raw parts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeObjectsYoung } from '@marquee/service-kit';
import { stageTimes } from './home-stages.ts';
import { prepareLargeWorld } from './large-world.ts';

const HELP = `npm run bench:large -- [options]

  --titles <n>        synthetic titles, default 500000
  --profiles <n>      simulated audience, default 2000
  --data-dir <folder> keep the prepared world here; default: a temporary one
  --pre-rank <list>   candidates that the pre-ranker leaves, one after another; default 1000, as served; 0: all
`;

const { values } = parseArgs({
  options: {
    titles: { type: 'string', default: '500000' },
    profiles: { type: 'string', default: '2000' },
    'data-dir': { type: 'string' },
    'pre-rank': { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
// As the processes do that make pages.
makeObjectsYoung();
const dataDirectory = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-bench-')));
const name = await prepareLargeWorld(dataDirectory, {
  titles: Number(values.titles),
  profiles: Number(values.profiles),
});
for (const preRankTo of values['pre-rank'].split(',')) {
  console.log(`\n## Pre-ranked to ${preRankTo === '0' ? 'none less' : preRankTo}\n`);
  console.log(await stageTimes(dataDirectory, name, { preRankTo: Number(preRankTo) }));
}
if (values['data-dir'] === undefined) await rm(dataDirectory, { recursive: true, force: true });
