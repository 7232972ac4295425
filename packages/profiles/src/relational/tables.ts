/**
 * Tables of the profile projection, the same on every relational database. Instants are epoch milliseconds; `*_at`
 * beside a fact is when it was said; truth is 0 or 1.
 */
export interface ProfileTables {
  /** Every profile with any state; the registration's columns are null until it registers. */
  profiles: {
    id: string;
    first_seen_at: number;
    registered_at: number | null;
    registration_at: number | null;
    name: string | null;
    segment: string | null;
    region: string | null;
    maturity_limit: string | null;
    /** JSON list of genre ids. */
    taste: string | null;
    taste_at: number | null;
  };
  /**
   * What a profile has done with a title. Withdrawn facts (not hidden any more) stay as rows, because a late
   * event must lose against them.
   */
  title_states: {
    profile_id: string;
    title_id: string;
    reaction: string | null;
    reaction_at: number | null;
    in_my_list: number | null;
    my_list_at: number | null;
    hidden: number | null;
    hidden_at: number | null;
    position_seconds: number | null;
    position_at: number | null;
    watched_seconds: number | null;
    last_watched_at: number | null;
  };
  person_follows: { profile_id: string; person_id: string; following: number; at: number };
  /** Tombstones: what happened before them and comes late stays out. */
  erasures: { profile_id: string; erased_at: number };
  /** How far each partition of the log is applied, written in the transaction of the effects. */
  projection_checkpoints: { partition: number; sequence: number; applied_at: number };
}
