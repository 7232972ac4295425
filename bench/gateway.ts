/**
 * Our gateway beside others on the same machine: what a request costs, how many there can be, how long they take, and
 * whether the answers are the same.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { MarqueeError, parseCommandLine, runProcess } from '../packages/service-kit/src/index.ts';
import { createProgress } from '../packages/standalone/src/cli/progress.ts';
import { compare } from './gateway/comparison.ts';
import { CONTENDERS, installPeers, MARQUEE } from './gateway/contenders.ts';
import { compareInProcess } from './gateway/in-process.ts';
import { PROCESSORS } from './gateway/processes.ts';
import { comparisonTables } from './gateway/report.ts';
import { SCENARIO_NAMES, scenarioNamed } from './gateway/scenarios.ts';

const HELP = `npm run bench:gateway -- [options]: our gateway beside plain Apollo Server + @apollo/gateway, over HTTP

  --peers            also Hive Gateway with its JavaScript and its Rust planner, and Mercurius' gateway; installed on first
                     use from their lock file into bench/gateway/peers/ (some 700 MB), which nothing else reads
  --scenarios LIST   of ${SCENARIO_NAMES.join(', ')}; default all
  --seconds N        of each measurement, default 3
  --runs N           of everything, in turns; the tables have medians. Default 3
  --clients N        in a closed loop, default 8
  --json FILE        writes what the tables are made of
  --in-process       instead: our executor beside Apollo's under the same Apollo Server, without HTTP
  --requests N       of each of its runs, default 400
  --help             this text

Every gateway is a process of its own with NODE_ENV=production and its defaults, before one process that answers for all
subgraphs from prepared bytes; ours is what \`npm run gateway\` starts. With --peers and the defaults some 6 minutes.
Exit code 1 when an answer of ours is not what the graph without a gateway answers, or a request to ours fails.
`;

/** Above it, others had the machine to an extent that absolute figures are not to be believed. */
const QUIET_SHARE = 0.05;

await runProcess(async (signal) => {
  const { values } = parseCommandLine({
    args: process.argv.slice(2),
    options: {
      peers: { type: 'boolean', default: false },
      scenarios: { type: 'string', default: SCENARIO_NAMES.join(',') },
      seconds: { type: 'string', default: '3' },
      runs: { type: 'string', default: '3' },
      clients: { type: 'string', default: '8' },
      json: { type: 'string' },
      'in-process': { type: 'boolean', default: false },
      requests: { type: 'string', default: '400' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const scenarios = values.scenarios.split(',').map((name) => name.trim());
  const [seconds, runs, clients, requests] = (['seconds', 'runs', 'clients', 'requests'] as const).map(
    (name) => positive(name, values[name]),
  ) as [number, number, number, number];
  for (const name of scenarios) scenarioNamed(name);
  console.log(`${PROCESSORS} processors, Node ${process.version}, load ${loadText()}`);
  if (values['in-process']) {
    if (!(await compareInProcess(scenarios, requests))) process.exitCode = 1;
    return;
  }
  const progress = createProgress(process.stderr);
  const notes: string[] = [];
  let contenders = CONTENDERS.filter(({ isPeer }) => !isPeer);
  if (values.peers) {
    progress.phase('installing the peers into bench/gateway/peers');
    const problem = await installPeers();
    if (problem === undefined) contenders = [...CONTENDERS];
    else {
      const missing = CONTENDERS.filter(({ isPeer }) => isPeer).map(({ name }) => name);
      notes.push(`Not measured, because they cannot be installed (${problem}): ${missing.join('; ')}.`);
    }
  }
  const startedAt = new Date();
  const comparison = await compare({ scenarios, contenders, seconds, runs, clients, signal, progress });
  progress.end();
  notes.push(...comparison.notes);
  const share = comparison.othersShare;
  const machine = `${(share * 100).toFixed(1)} % of the machine was used by others meanwhile, load ${loadText()} at the end`;
  console.log(`${clients} clients, medians of ${runs} runs of ${seconds} s\n`);
  console.log(comparisonTables(comparison));
  console.log(`\n${machine}${share > QUIET_SHARE ? ': only ratios within this run mean something.' : '.'}`);
  for (const note of notes) console.log(`Note: ${note}`);
  if (values.json !== undefined) {
    const about = { startedAt, node: process.version, processors: PROCESSORS, seconds, runs, clients, share };
    await writeFile(
      values.json,
      `${JSON.stringify({ ...about, cells: comparison.cells, notes }, null, 2)}\n`,
    );
  }
  if (comparison.cells.some(({ gateway, failed }) => gateway === MARQUEE && failed > 0)) process.exitCode = 1;
});

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new MarqueeError('CONFIG_INVALID', `--${name}: "${text}" is not a number above 0`);
}

function loadText(): string {
  return loadavg()
    .slice(0, 2)
    .map((each) => each.toFixed(1))
    .join(' (1 min), ')
    .concat(' (5 min)');
}
