/**
 * After a campaign: reads the event log and what was made of it, and holds both against the ledger. A deed is reflected
 * when the online features count it exactly once (impressions), or the system of record shows it (plays, lists).
 */
import type { EventBus } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import { type ProfileState, profileStateView } from '@marquee/features';
import type { Profiles } from '@marquee/profiles';
import { keyOf, type LedgerEntry } from './event-ledger.ts';

export interface EventCounts {
  /** Deeds that clients sent. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged and not in the log: there must be none. */
  readonly lost: number;
  /** In the log although nobody was told so; a client that sends them again gets a duplicate. */
  readonly recovered: number;
  /** Copies in the log beyond the first, which consumers have to tell by event id. */
  readonly storedTwice: number;
  /** In the log, and counted more than once in what is made of it: there must be none. */
  readonly countedTwice: number;
  /** In the log, and missing in what is made of it: there must be none. */
  readonly unreflected: number;
}

export interface AuditPorts {
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly profiles: Profiles;
}

export interface EventAudit {
  /** Of some of the ledger's entries. */
  count(entries: readonly LedgerEntry[]): EventCounts;
  /** Of the campaign's profiles, in the log, and never sent: there must be none. */
  readonly unexpected: number;
  /** Up to ten of what went wrong, for people. */
  readonly examples: readonly string[];
}

const PAGE = 100;

/**
 * @param profilePrefix of the profiles that this campaign acts for, and nobody else.
 * @param afterSequence of the log, before the campaign.
 */
export async function auditEvents(
  ports: AuditPorts,
  entries: readonly LedgerEntry[],
  { profilePrefix, afterSequence }: { profilePrefix: string; afterSequence: number },
): Promise<EventAudit> {
  const sent = new Set(entries.flatMap(({ deeds }) => deeds.map(keyOf)));
  const stored = await storedDeeds(ports.bus, profilePrefix, afterSequence);
  const reflected = await reflectedDeeds(
    ports,
    new Set(entries.flatMap(({ deeds }) => deeds.map((d) => d.profileId))),
  );
  const unexpected = [...stored.keys()].filter((key) => !sent.has(key));
  const examples = unexpected.slice(0, 3).map((key) => `unexpected: ${key}`);
  const note = (what: string, key: string): void => {
    if (examples.length < 10) examples.push(`${what}: ${key}`);
  };
  return {
    count(some) {
      const counts = {
        sent: 0,
        acknowledged: 0,
        lost: 0,
        recovered: 0,
        storedTwice: 0,
        countedTwice: 0,
        unreflected: 0,
      };
      for (const { deeds, acknowledged } of some) {
        for (const key of deeds.map(keyOf)) {
          const copies = stored.get(key) ?? 0;
          const times = reflected.get(key) ?? 0;
          counts.sent++;
          if (acknowledged) counts.acknowledged++;
          if (acknowledged && copies === 0) {
            counts.lost++;
            note('lost', key);
          }
          if (!acknowledged && copies > 0) counts.recovered++;
          counts.storedTwice += Math.max(0, copies - 1);
          if (times > 1) {
            counts.countedTwice++;
            note('counted twice', key);
          }
          if (copies > 0 && times === 0) {
            counts.unreflected++;
            note('unreflected', key);
          }
        }
      }
      return counts;
    },
    unexpected: unexpected.length,
    examples,
  };
}

/** Deed → copies in the log. Feedback is counted by event id; a list may be saved to twice by one who tries again. */
async function storedDeeds(
  bus: EventBus,
  profilePrefix: string,
  afterSequence: number,
): Promise<ReadonlyMap<string, number>> {
  const stored = new Map<string, number>();
  for await (const batch of bus.replay({ afterSequence, types: ['IMPRESSION', 'PLAY_STOP', 'LIST_SAVED'] })) {
    for (const { event } of batch) {
      if (!event.profileId.startsWith(profilePrefix)) continue;
      const { titleId } = event.payload as { titleId: string };
      const key = keyOf({ profileId: event.profileId, kind: event.type as 'IMPRESSION', titleId });
      stored.set(key, event.type === 'LIST_SAVED' ? 1 : (stored.get(key) ?? 0) + 1);
    }
  }
  return stored;
}

async function reflectedDeeds(
  { store, profiles }: AuditPorts,
  profileIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const reflected = new Map<string, number>();
  for (const profileId of profileIds) {
    const [blob] = await store.getMany([profileStateView.key(profileId)]);
    const state: ProfileState | undefined = profileStateView.decode(blob);
    for (const [titleId, { count }] of Object.entries(state?.impressions ?? {})) {
      reflected.set(keyOf({ profileId, kind: 'IMPRESSION', titleId }), count);
    }
    // Both views have to show these.
    const watched = new Set(state?.history.map(({ titleId }) => titleId));
    for (const titleId of await all((page) => profiles.history(profileId, page))) {
      if (watched.has(titleId)) reflected.set(keyOf({ profileId, kind: 'PLAY_STOP', titleId }), 1);
    }
    const listed = new Set(state?.myList.map(({ titleId }) => titleId));
    for (const titleId of await all((page) => profiles.myList(profileId, page))) {
      if (listed.has(titleId)) reflected.set(keyOf({ profileId, kind: 'LIST_SAVED', titleId }), 1);
    }
  }
  return reflected;
}

async function all(
  read: (page: { first: number; after?: string }) => Promise<{
    readonly entries: readonly { readonly entry: { readonly titleId: string }; readonly cursor: string }[];
    readonly hasNextPage: boolean;
  }>,
): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (;;) {
    const { entries, hasNextPage } = await read({ first: PAGE, ...(after === undefined ? {} : { after }) });
    found.push(...entries.map(({ entry }) => entry.titleId));
    if (!hasNextPage) return found;
    after = entries.at(-1)?.cursor;
  }
}
