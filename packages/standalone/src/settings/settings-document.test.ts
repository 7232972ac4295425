import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@marquee/service-kit';
import { describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { meaningsIn, type ProcessSettings, settingsDocument } from './settings-document.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const parsed = vi.hoisted(() => [] as { schema: unknown; environment: Readonly<Record<string, unknown>> }[]);

// What a process parses is found out by letting it.
vi.mock('@marquee/service-kit', async (original) => {
  const kit = await original<typeof import('@marquee/service-kit')>();
  return {
    ...kit,
    parseConfig: (schema: z.ZodObject, environment: Environment) => {
      parsed.push({ schema, environment });
      return kit.parseConfig(schema, environment);
    },
  };
});

/** The least that every process starts with. */
const LEAST: Environment = {
  MARQUEE_AUTH_SECRET: 's'.repeat(32),
  MARQUEE_GATEWAY_SECRET: 's'.repeat(32),
  MARQUEE_TOKEN_SECRET: 's'.repeat(32),
  MARQUEE_LAKE_FOLDER: 'lake',
  MARQUEE_SUBGRAPH_CONTENT: 'http://127.0.0.1:1',
  MARQUEE_SUBGRAPH_USER_PROFILE: 'http://127.0.0.1:1',
  MARQUEE_SUBGRAPH_RECOMMENDATION: 'http://127.0.0.1:1',
  MARQUEE_SUBGRAPH_EXPERIMENT: 'http://127.0.0.1:1',
};
const PROCESSES: readonly [name: string, module: string][] = [
  ['standalone', 'packages/standalone/src/config.ts'],
  ['gateway', 'gateway/src/process-config.ts'],
  ...globSync(['subgraphs/*/src/config.ts', 'workers/*/src/config.ts'], { cwd: ROOT })
    .sort()
    .map((path): [string, string] => [path.split('/')[1]!, path]),
];
const LOADER = /^load(?!Data|Distributed|Given)\w*Config$/;

async function settingsOf(process: string, module: string): Promise<ProcessSettings> {
  const exported = (await import(`${ROOT}${module}`)) as Record<string, unknown>;
  const load = Object.entries(exported).find(([name]) => LOADER.test(name))?.[1] as (
    environment: Environment,
  ) => unknown;
  parsed.length = 0;
  load(LEAST);
  return {
    process,
    schemas: parsed.map(({ schema, environment }) => ({
      schema: schema as z.ZodObject,
      usual: Object.fromEntries(Object.entries(environment).filter(([name]) => !(name in LEAST))) as Record<
        string,
        string
      >,
    })),
  };
}

describe('docs/settings.md', () => {
  it('lists every variable that a process parses, as it parses it', async () => {
    const processes: ProcessSettings[] = [];
    for (const [name, module] of PROCESSES) processes.push(await settingsOf(name, module));
    const meanings = new Map(
      globSync(['gateway/src/**/*.ts', '{packages,subgraphs,workers}/*/src/**/*.ts'], { cwd: ROOT })
        .filter((path) => !path.endsWith('.test.ts'))
        .sort()
        .flatMap((path) => [...meaningsIn(readFileSync(`${ROOT}${path}`, 'utf8'))]),
    );
    await expect(settingsDocument(processes, meanings)).toMatchFileSnapshot('../../../../docs/settings.md');
  }, 60_000);
});

describe('a comment', () => {
  it('speaks of the variable behind it', () => {
    const source = `
const variables = z.object({
  /** One. */
  A_ONE: text,
  /**
   * On two
   * lines.
   */
  B_ONE: z
    .string()
    .min(1),
  B_TWO: text,
  ...OTHERS,
  /** Last. */
  C_ONE: OTHERS.C_ONE,
});

const more = {
  D_ONE: text,
};
`;
    expect([...meaningsIn(source)]).toEqual([
      ['A_ONE', 'One.'],
      ['B_ONE', 'On two lines.'],
      ['C_ONE', 'Last.'],
    ]);
  });
});
