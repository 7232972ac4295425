/** `schema/owners.json`: which team answers for which subgraph, and for what several subgraphs have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { repositoryRoot } from '../repository.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and `-`');

const schema = z.strictObject({
  teams: z.record(
    name,
    z.strictObject({
      /** Where to ask: a channel, an address. */
      contact: z.string().min(1),
      /** What of them is in no other team's subgraph is this team's. */
      subgraphs: z.array(name).default([]),
    }),
  ),
  /** Team by `Type` or `Type.field`, for what subgraphs of several teams define. */
  owned: z.record(z.string().regex(/^\w+(\.\w+)?$/, 'must be Type or Type.field'), name).default({}),
});

export type OwnersFile = z.infer<typeof schema>;
export const OWNERS_FILE = 'schema/owners.json';

/** @throws MarqueeError CONFIG_INVALID naming what is wrong, e.g. a team that is not listed. */
export function parseOwners(text: string, file = OWNERS_FILE): OwnersFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `${file} is not JSON`, cause });
  }
  const result = schema.safeParse(value);
  const problems = result.success
    ? contradictions(result.data)
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (result.success && problems.length === 0) return result.data;
  throw new MarqueeError('CONFIG_INVALID', `${file}: ${problems.join('; ')}`);
}

function contradictions({ teams, owned }: OwnersFile): readonly string[] {
  const teamOf = new Map<string, string>();
  const problems: string[] = [];
  for (const [team, { subgraphs }] of Object.entries(teams)) {
    for (const subgraph of subgraphs) {
      const other = teamOf.get(subgraph);
      if (other !== undefined) problems.push(`subgraph ${subgraph} is of ${other} and of ${team}`);
      teamOf.set(subgraph, team);
    }
  }
  for (const [coordinate, team] of Object.entries(owned)) {
    if (!Object.hasOwn(teams, team)) problems.push(`owned.${coordinate}: there is no team ${team}`);
  }
  return problems;
}

export function readOwners(): OwnersFile {
  return parseOwners(readFileSync(join(repositoryRoot, OWNERS_FILE), 'utf8'));
}
