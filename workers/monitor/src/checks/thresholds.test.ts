import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { found } from './finding.ts';
import { CHECK_NAMES, THRESHOLDS, type Threshold } from './thresholds.ts';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const { groups } = parse(read('docker/prometheus/rules/monitor.yaml')) as {
  groups: { rules: { expr: string; annotations: { runbook: string } }[] }[];
};
const rules = groups.flatMap((group) => group.rules);

test.each(CHECK_NAMES)('%s has an alert that leads to its heading of the runbook', (check) => {
  const [rule, ...others] = rules.filter(({ expr }) =>
    [...expr.matchAll(/check=~?"([^"]+)"/g)].some(([, names]) => names?.split('|').includes(check)),
  );
  expect(others).toEqual([]);
  expect(rule?.annotations.runbook).toBe(`docs/runbooks/alerts.md#${THRESHOLDS[check].runbook}`);
});

test('no alert asks for a check that does not exist', () => {
  const asked = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/check=~?"([^"]+)"/g)].flatMap(([, names]) => names?.split('|') ?? []),
  );
  expect(asked.sort()).toEqual([...CHECK_NAMES].sort());
});

test('the alert bound lies beyond the warning bound, and a value between them warns', () => {
  for (const check of CHECK_NAMES) {
    const { warn, alert }: Threshold = THRESHOLDS[check];
    for (const side of ['above', 'below'] as const) {
      const [near, far] = [warn[side], alert[side]];
      expect(near === undefined).toBe(far === undefined);
      if (near === undefined || far === undefined) continue;
      expect(side === 'above' ? far > near : far < near).toBe(true);
      expect(found(check, (near + far) / 2, '').status).toBe('warn');
      expect(found(check, far + (side === 'above' ? 1 : -1), '').status).toBe('alert');
    }
  }
});
