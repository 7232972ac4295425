/**
 * Everything that clients have sent, and what they were told about it: kept outside of the platform, so that nothing in it
 * can lose both an event and the memory of it.
 */

/** One thing that a viewer did, at most once in the whole campaign. */
export interface Deed {
  readonly profileId: string;
  readonly kind: 'IMPRESSION' | 'PLAY_STOP' | 'LIST_SAVED';
  readonly titleId: string;
  /** Known for feedback; the platform names those of mutations itself. */
  readonly eventId?: string;
}

export interface LedgerEntry {
  readonly deeds: readonly Deed[];
  /** Milliseconds of the campaign. */
  readonly sentAt: number;
  /** Times that it was sent. */
  tries: number;
  /** Told that the events are taken, or that they were already. */
  acknowledged: boolean;
  acknowledgedAt?: number;
  /** What went wrong with the tries, e.g. `DEADLINE_EXCEEDED`. */
  readonly failures: string[];
}

export class EventLedger {
  readonly #entries: LedgerEntry[] = [];

  send(deeds: readonly Deed[], sentAt: number): LedgerEntry {
    const entry: LedgerEntry = { deeds, sentAt, tries: 0, acknowledged: false, failures: [] };
    this.#entries.push(entry);
    return entry;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Sent in `[from, to)`. */
  between(from: number, to: number): readonly LedgerEntry[] {
    return this.#entries.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  }
}

/** How a deed is known, whoever gave it its event id. */
export function keyOf({ profileId, kind, titleId }: Pick<Deed, 'profileId' | 'kind' | 'titleId'>): string {
  return `${profileId} ${kind} ${titleId}`;
}
