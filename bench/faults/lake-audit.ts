/** After a campaign: holds the lake against the event log. Every event of the log is in the lake, once, and nothing else is. */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventBus } from '@marquee/event-bus';
import { openLake } from '@marquee/event-lake';

export interface LakeCounts {
  /** Different events of the campaign's profiles in the log. */
  readonly logged: number;
  /** Of them, not in the lake within the time: there must be none. */
  readonly missing: number;
  /** In the lake and not in the log: there must be none. */
  readonly unexpected: number;
  /** Rows of the lake beyond the first of their event, by whoever wrote them. */
  readonly doubled: number;
  /** The same of the whole log, which knows ids of the last minutes only: the lake may hold as many, and no more. */
  readonly repeated: number;
}

export interface LakeAuditOptions {
  readonly folder: string;
  readonly profilePrefix: string;
  readonly afterSequence: number;
  readonly withinMs: number;
}

/** Waits for the writers to catch up, for a while. */
export async function auditLake(bus: EventBus, options: LakeAuditOptions): Promise<LakeCounts> {
  const logged = new Set<string>();
  const seen = new Set<string>();
  let repeated = 0;
  for await (const batch of bus.replay()) {
    for (const { event, sequence } of batch) {
      if (seen.has(event.eventId)) repeated++;
      seen.add(event.eventId);
      const ours = sequence > options.afterSequence && event.profileId.startsWith(options.profilePrefix);
      if (ours) logged.add(event.eventId);
    }
  }
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    const counts = { ...(await compare(logged, options)), repeated };
    if (counts.missing === 0 || performance.now() > deadline) return counts;
    await delay(1_000);
  }
}

async function compare(
  logged: ReadonlySet<string>,
  { folder, profilePrefix, afterSequence }: LakeAuditOptions,
): Promise<Omit<LakeCounts, 'repeated'>> {
  const lake = await openLake({ folder });
  try {
    const ours = `starts_with(profile_id, '${profilePrefix}') AND sequence > ${afterSequence}`;
    const rows = await lake.query(`SELECT event_id FROM events WHERE ${ours}`);
    const found = new Set(rows.map(({ event_id }) => String(event_id)));
    const [{ events }] = (await lake.query('SELECT count(*)::INTEGER AS events FROM events')) as [
      { events: number },
    ];
    return {
      logged: logged.size,
      missing: [...logged].filter((id) => !found.has(id)).length,
      unexpected: [...found].filter((id) => !logged.has(id)).length,
      doubled: lake.files.reduce((sum, file) => sum + file.rows, 0) - events,
    };
  } finally {
    await lake.close();
  }
}
