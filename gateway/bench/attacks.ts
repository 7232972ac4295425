/**
 * The attack table: every input that is known to be tried, fired at a gateway as it is in production; what happened,
 * the code, the time, the memory. The same inputs are asserted by `gateway/test/attacks/attacks.test.ts`.
 */
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { ATTACKS } from '../test/attacks/all-attacks.ts';
import { measured, type Outcome, post } from '../test/attacks/attack.ts';
import { attackedGateway } from '../test/attacks/attacked-gateway.ts';
import { type AttackRow, attackTable, isRight, medianOf } from './attack-table.ts';

const HELP = `npm run bench:attacks -- [options]: fires every known attack at a gateway, and says what came of it

  --runs N      each so many times, default 3; the medians are told
  --write FILE  also as a document, e.g. docs/attacks.md
  --help        this text
`;
const ORDINARY_RUNS = 100;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    write: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const runs = Math.max(1, Number(values.runs) || 1);
const collectGarbage = (globalThis as { gc?: () => void }).gc ?? (() => undefined);

const load = loadavg()[0] as number;
const gateway = await attackedGateway();
const ordinary = (): Promise<unknown> => post(gateway, { query: '{ me titles { id } weather { city } }' });

/** Of a request as clients send it, collecting garbage before it as before an attack. */
async function ordinaryMs(): Promise<number> {
  const taken: number[] = [];
  for (let run = 0; run < ORDINARY_RUNS; run++) {
    const since = performance.now();
    await ordinary();
    taken.push(performance.now() - since);
  }
  return medianOf(taken);
}

async function fired(): Promise<AttackRow[]> {
  const rows: AttackRow[] = [];
  for (const attack of ATTACKS.flat()) {
    const outcomes: Outcome[] = [];
    for (let run = 0; run < runs; run++) outcomes.push(await measured(attack, gateway, collectGarbage));
    rows.push({ attack, outcomes });

    process.stderr.write(`\r${rows.length} of ${ATTACKS.flat().length}`);
  }
  process.stderr.write('\n');
  return rows;
}

await ordinary();
const before = await ordinaryMs();
const rows = await fired();
const after = await ordinaryMs();
const wrong = rows.filter((row) => !isRight(row)).length;
const { rss } = process.memoryUsage();
const verdict =
  `${rows.length} inputs, each ${runs} times, ${wrong} not as they must be; ` +
  `an ordinary request takes ${before.toFixed(1)} ms before them and ${after.toFixed(1)} after; ${Math.round(rss / 1_048_576)} MiB in all`;
const table = attackTable(rows, before);
process.stdout.write(`${table}\n\n${verdict}\n`);
if (values.write !== undefined) await writeFile(values.write, document(table, verdict));
await gateway.stop();
process.exitCode = wrong === 0 ? 0 : 1;

function document(rowsOfTable: string, told: string): string {
  return `# Attacks, and what becomes of them

Written by \`npm run bench:attacks -- --write docs/attacks.md\`, which fires each input at a gateway as it is in production: a listener, tokens of a
real issuer, partners' keys, one subgraph in process, one as a service, and one at the end of a connection that answers as the attack wants.
\`gateway/test/attacks/attacks.test.ts\` asserts the same inputs: the code, a bound on the time, no leak of internals, no growth of memory, and that whoever comes next is served.
What bad data does to the learning loop is told in [bad-input.md](bad-input.md).

\`ms\` is the median of the runs, seen by the attacker, who shares the process; \`x ordinary\` the same against a request of three fields over two subgraphs in the same run. Where time-outs end an attack, the time
is theirs: headers 700 ms, requests 1,500 ms, deadline 1,500 ms, answers 700 ms here; the code says which. \`heap KiB\` is what is left after collecting garbage, the attacker's included; caches fill in the first rows.
Over HTTP/2 the code is the one by which the connection or its last stream was ended; \`open\`: it need not end.

${told}, on ${cpus().length} processors with a load of ${load.toFixed(1)} before it.

${rowsOfTable}
`;
}
