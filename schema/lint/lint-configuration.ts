/** `schema/lint.json`: where rules do not hold, and why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { repositoryRoot } from '../repository.ts';
import { LINT_RULES } from './rules.ts';

const NAMES: readonly string[] = LINT_RULES.map(({ name }) => name);

const schema = z.strictObject({
  exceptions: z
    .array(
      z.strictObject({
        rule: z.string().refine((name) => NAMES.includes(name), `must be one of ${NAMES.join(', ')}`),
        /** In any subgraph. Absent: everywhere, the rule is off. */
        coordinates: z.array(z.string().min(1)).min(1).optional(),
        /** For whoever finds it here in a year. */
        reason: z.string().min(20, 'must say why, in a sentence'),
      }),
    )
    .default([]),
});

export type LintConfiguration = z.infer<typeof schema>;
export const LINT_CONFIGURATION = 'schema/lint.json';

/** @throws MarqueeError CONFIG_INVALID naming what is wrong. */
export function parseLintConfiguration(text: string, file = LINT_CONFIGURATION): LintConfiguration {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `${file} is not JSON`, cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new MarqueeError('CONFIG_INVALID', `${file}: ${problems.join('; ')}`);
}

export function readLintConfiguration(): LintConfiguration {
  return parseLintConfiguration(readFileSync(join(repositoryRoot, LINT_CONFIGURATION), 'utf8'));
}
