/** Every input of the attack table ends in a stable code, in time, within memory, and tells nothing. */
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from './all-attacks.ts';
import { measured, post } from './attack.ts';
import { type AttackedGateway, attackedGateway, INTERNALS, SECRET } from './attacked-gateway.ts';

const WITHIN_MS = 3_000;
/** Of all attacks of a kind: far above what caches take, far below what leaks of large inputs would. */
const MAX_HEAP_GROWTH_KIB = 16_384;
/** Stacks, places in files, addresses, what only the inside of the platform knows. */
const LEAKS = [
  INTERNALS,
  SECRET,
  /\bat .+:\d+:\d+/,
  /node_modules/,
  /\.ts:\d/,
  /secret experiment/,
  /Did you mean/,
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let gateway: AttackedGateway;
beforeAll(async () => {
  gateway = await attackedGateway();
  await post(gateway, { query: '{ me titles { id } weather { city } }' });
});
afterAll(() => gateway?.stop());

describe.each(ATTACKS.map((attacks) => [attacks[0]?.group ?? '', attacks] as const))(
  'attacks on %s',
  (_kind, attacks) => {
    let before = 0;
    beforeAll(() => {
      collectGarbage();
      before = process.memoryUsage().heapUsed;
    });

    it.each(attacks.map((attack) => [`${attack.group}: ${attack.name}`, attack] as const))(
      '%s',
      async (_, attack) => {
        const logged = gateway.log().length;
        const outcome = await measured(attack, gateway);
        const { expected } = attack;
        if (typeof expected === 'string') expect(outcome.codes).toBe(expected);
        else expect(expected(outcome), outcome.text).toBe(true);
        expect(attack.status).toContain(outcome.status);
        expect(outcome.ms).toBeLessThan(attack.withinMs ?? WITHIN_MS);
        for (const leak of LEAKS) expect(outcome.text).not.toMatch(leak);
        expect(gateway.log().slice(logged)).not.toMatch(/eyJ[\w-]{10,}\.|forged line/);
        expect(gateway.hidden).toEqual([]);
        // Whoever comes next is served.
        const next = await post(gateway, { query: '{ me }' });
        expect(next).toEqual({ status: 200, text: expect.stringContaining('{"data":{"me":null}}') });
      },
    );

    it('leave nothing behind in memory', () => {
      collectGarbage();
      expect((process.memoryUsage().heapUsed - before) / 1_024).toBeLessThan(MAX_HEAP_GROWTH_KIB);
    });
  },
);

it('every input stands in the document, and no other', async () => {
  const document = await readFile(new URL('../../../docs/attacks.md', import.meta.url), 'utf8');
  const told = [...document.matchAll(/^\| ([^|]+?) +\| ([^|]+?) +\| yes +\|/gm)].map(
    (row) => `${row[1]}: ${row[2]}`,
  );
  const fired = ATTACKS.flat().map(({ group, name }) => `${group}: ${name}`);
  // `npm run bench:attacks -- --write docs/attacks.md` writes it.
  expect(told.sort()).toEqual(fired.sort());
});
