/**
 * The attack table: every input that is known to be tried, fired at a gateway as it is in production; what happened,
 * the code, the time, the memory. The same inputs are asserted by `gateway/test/attacks/attacks.test.ts`.
 *
 *   node --expose-gc gateway/bench/attacks.ts
 */
import { measured, post } from '../test/attacks/attack.ts';
import { attackedGateway } from '../test/attacks/attacked-gateway.ts';
import { directAttacks } from '../test/attacks/direct.attacks.ts';
import { documentAttacks } from '../test/attacks/document.attacks.ts';
import { httpAttacks } from '../test/attacks/http.attacks.ts';
import { identityAttacks } from '../test/attacks/identity.attacks.ts';
import { subgraphAttacks } from '../test/attacks/subgraph.attacks.ts';

const collectGarbage = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const gateway = await attackedGateway();
await post(gateway, { query: '{ me titles { id } weather { city } }' });
const rows: string[][] = [['group', 'input', 'as it must be', 'status', 'code', 'ms', 'heap KiB', 'told']];
let wrong = 0;
for (const attack of [
  ...documentAttacks,
  ...identityAttacks,
  ...directAttacks,
  ...httpAttacks,
  ...subgraphAttacks,
]) {
  const { status, codes, ms, heapGrowthKiB, text } = await measured(attack, gateway, collectGarbage);
  const { expected } = attack;
  const right =
    attack.status.includes(status) &&
    (typeof expected === 'string' ? codes === expected : expected({ status, text }));
  if (!right) wrong++;
  rows.push([
    attack.group,
    attack.name,
    right ? 'yes' : 'NO',
    `${status}`,
    codes,
    `${ms}`,
    `${heapGrowthKiB}`,
    text.slice(0, 90),
  ]);
}
for (const row of rows)
  process.stdout.write(`| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`);
const { rss } = process.memoryUsage();
process.stdout.write(
  `\n${rows.length - 1} inputs, ${wrong} not as they must be; ${Math.round(rss / 1_048_576)} MiB in all\n`,
);
await gateway.stop();
process.exitCode = wrong === 0 ? 0 : 1;
