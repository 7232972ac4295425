import { readFile } from 'node:fs/promises';
import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { plansToWeigh } from './plan-budget.ts';

const shipped = async (name: string) =>
  parse(
    await readFile(new URL(`../../../../schema/trusted-documents/${name}.graphql`, import.meta.url), 'utf8'),
  );
const deferring = (fragments: number) =>
  parse(`{ ${Array.from({ length: fragments }, (_, i) => `a${i} { ... @defer { b c d } }`).join(' ')} }`);

it('small operations have all plans weighed, what apps ask for has some hundred', async () => {
  expect(plansToWeigh(parse('{ a }'))).toBe(10_000);
  expect(plansToWeigh(await shipped('HomeRows'))).toBeGreaterThan(100);
  expect(plansToWeigh(await shipped('HomeRowsDeferred'))).toBeGreaterThan(50);
});

it('the more is deferred, the fewer plans are weighed, but never none', () => {
  const plans = [0, 1, 2, 4, 8, 16, 400].map((fragments) =>
    plansToWeigh(fragments === 0 ? parse('{ a { b c d } }') : deferring(fragments)),
  );
  expect(plans).toEqual([...plans].sort((a, b) => b - a));
  expect(plans.at(-1)).toBe(4);
  expect(plans.at(-2)).toBeLessThan(50);
});
