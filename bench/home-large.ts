/** The home pipeline at 500,000 titles, stage by stage, beside the raw parts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stageTimes } from './home-stages.ts';
import { prepareLargeWorld } from './large-world.ts';

const HELP = `npm run bench:large -- [options]

  --titles <n>        synthetic titles, default 500000
  --profiles <n>      simulated audience, default 2000
  --data-dir <folder> keep the prepared world here; default: a temporary one
`;

const { values } = parseArgs({
  options: {
    titles: { type: 'string', default: '500000' },
    profiles: { type: 'string', default: '2000' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const dataDirectory = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-bench-')));
const name = await prepareLargeWorld(dataDirectory, {
  titles: Number(values.titles),
  profiles: Number(values.profiles),
});
console.log(await stageTimes(dataDirectory, name));
if (values['data-dir'] === undefined) await rm(dataDirectory, { recursive: true, force: true });
