import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { booleanVariable, parseConfig, portVariable } from './config.ts';
import type { MarqueeError } from './errors.ts';

const schema = z.object({
  PORT: portVariable.default(4000),
  SECRET: z.string().min(16),
  VERBOSE: booleanVariable.default(false),
});

describe('configuration', () => {
  it('reads named variables, applies defaults and ignores the rest', () => {
    const config = parseConfig(schema, { SECRET: 'a-long-enough-secret', VERBOSE: '1', HOME: '/home/me' });
    expect(config).toEqual({ PORT: 4000, SECRET: 'a-long-enough-secret', VERBOSE: true });
  });

  it('treats an empty variable as absent', () => {
    expect(parseConfig(schema, { SECRET: 'a-long-enough-secret', PORT: '' }).PORT).toBe(4000);
  });

  it('reports all errors together and repeats no value', () => {
    let error: MarqueeError | undefined;
    try {
      parseConfig(schema, { PORT: '70000', SECRET: 'tiny-secret', VERBOSE: 'maybe-so' });
    } catch (caught) {
      error = caught as MarqueeError;
    }
    expect(error?.code).toBe('CONFIG_INVALID');
    for (const name of ['PORT', 'SECRET', 'VERBOSE']) expect(error?.message).toContain(name);
    for (const value of ['70000', 'tiny-secret', 'maybe-so']) expect(error?.message).not.toContain(value);
  });
});
