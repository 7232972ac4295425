/** What an operator takes out of the response cache, by whose hand and why. Pure. */
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';
import { allOf, changesOf, EVERYTHING, entitySubject, removalsOf, viewerSubject } from '../subjects.ts';

const typeName = z.string().regex(/^[_A-Za-z]\w{0,127}$/, 'is no name of a type');
const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  /** Of an entity: all of it, and whatever shows or lists any of it. */
  z.strictObject({ kind: z.literal('type'), type: typeName }),
  z.strictObject({ kind: z.literal('entity'), type: typeName, key: z.string().min(1).max(512) }),
  z.strictObject({ kind: z.literal('profile'), profileId: z.string().min(1).max(128) }),
]);
export type PurgeTarget = z.infer<typeof target>;

export const purgeSchema = z.object({
  /** 1 for the first, then one more each time. */
  number: z.number().int().min(1),
  /** ISO 8601. */
  at: z.iso.datetime(),
  by: z.string().min(1).max(256),
  note: z.string().min(1).max(2_000),
  target,
});
export type Purge = z.infer<typeof purgeSchema>;
export type NewPurge = Omit<Purge, 'number'>;

/** Older ones are forgotten; gateways have them in their logs. */
export const MAX_PURGES = 200;
const purgeList = z.array(purgeSchema);

/** Oldest first. @throws MarqueeError DATA_CORRUPT */
export function parsePurges(value: unknown): readonly Purge[] {
  const read = purgeList.safeParse(value);
  if (read.success) return read.data;
  throw new MarqueeError('DATA_CORRUPT', `this is no list of purges: ${z.prettifyError(read.error)}`);
}

/** @throws MarqueeError BAD_USER_INPUT naming what is wrong with it. */
export function withPurge(purges: readonly Purge[], purge: NewPurge): readonly Purge[] {
  const next = purgeSchema.safeParse({ number: (purges.at(-1)?.number ?? 0) + 1, ...purge });
  if (!next.success) {
    const problems = next.error.issues.map(({ path, message }) => `${String(path.at(-1))}: ${message}`);
    throw new MarqueeError('BAD_USER_INPUT', problems.join('; '));
  }
  return [...purges, next.data].slice(-MAX_PURGES);
}

/** What advances, so that nothing that depends on it is served any more. */
export function purgedSubjects(purged: PurgeTarget): readonly string[] {
  switch (purged.kind) {
    case 'everything':
      return [EVERYTHING];
    case 'type':
      return [allOf(purged.type), changesOf(purged.type), removalsOf(purged.type)];
    case 'entity':
      return [entitySubject(purged.type, purged.key), changesOf(purged.type), removalsOf(purged.type)];
    case 'profile':
      return [viewerSubject(purged.profileId)];
  }
}

export function purgeName(purged: PurgeTarget): string {
  switch (purged.kind) {
    case 'everything':
      return 'everything';
    case 'type':
      return `every ${purged.type}`;
    case 'entity':
      return `${purged.type}:${purged.key}`;
    case 'profile':
      return `profile ${purged.profileId}`;
  }
}
