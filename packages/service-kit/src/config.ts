/**
 * Configuration is parsed once, at the start of a process, from named environment variables; nothing else
 * reads the environment. All errors are reported together.
 */
import { z } from 'zod';
import { MarqueeError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param schema keys are variable names; values parse strings.
 * @throws MarqueeError CONFIG_INVALID listing every variable that is wrong. Values are not repeated: they may
 *   be secrets.
 */
export function parseConfig<S extends z.ZodObject>(schema: S, environment: Environment): z.infer<S> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, environment[name] === '' ? undefined : environment[name]]),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new MarqueeError('CONFIG_INVALID', `configuration is not valid: ${lines.join('; ')}`);
}

export const booleanVariable = z
  .enum(['true', 'false', '1', '0'])
  .transform((v) => v === 'true' || v === '1');
export const portVariable = z.coerce.number().int().min(0).max(65_535);
