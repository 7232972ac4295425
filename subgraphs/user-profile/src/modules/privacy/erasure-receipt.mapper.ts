/** What an erasure did by the time of its answer, and what follows by itself, place by place. Pure. */
import type { ErasedPlace, ErasureState } from '../../__generated__/resolvers-types.ts';

export interface ErasureReceiptModel {
  readonly id: string;
  readonly erasedAt: string;
  readonly places: ErasedPlace[];
}

export interface Erased {
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  /** The projections that requests read have dropped the profile. */
  readonly visible: boolean;
  /** Its events are gone from the log. */
  readonly purged: boolean;
  /** Of the profile's lists and history, before; undefined where nobody could count. */
  readonly entries: number | undefined;
  readonly events: number | undefined;
}

export function toErasureReceipt(erased: Erased): ErasureReceiptModel {
  const { eventId, occurredAt, visible, purged, entries, events } = erased;
  const projected: ErasureState = visible ? 'REMOVED' : 'FOLLOWS';
  const place = (
    name: ErasedPlace['place'],
    state: ErasureState,
    description: string,
    count?: number,
  ): ErasedPlace => ({ place: name, state, entries: count ?? null, description });
  return {
    id: eventId,
    erasedAt: new Date(occurredAt).toISOString(),
    places: [
      place('PROFILE', projected, 'Name, taste, reactions, lists, follows and history.', entries),
      place('EVENT_LOG', purged ? 'REMOVED' : 'FOLLOWS', 'Everything recorded before the erasure.', events),
      place('FEATURES', projected, 'What recommendations are computed from.'),
      place(
        'STORED_PAGES',
        'UNREADABLE',
        'Pages made before cannot be read any more; they expire within the hour.',
      ),
      place('RESPONSE_CACHE', visible ? 'UNREADABLE' : 'FOLLOWS', 'Kept answers are not found any more.'),
      place(
        'EVENT_LAKE',
        'FOLLOWS',
        'Files that hold the profile are rewritten without it, within a minute.',
      ),
      place('TRAINING_SETS', 'FOLLOWS', 'Those that are made from now on are without the profile.'),
      place('MODELS', 'FOLLOWS', 'Models trained before are replaced after the next training.'),
    ],
  };
}
