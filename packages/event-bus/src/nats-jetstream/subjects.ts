/**
 * How events are addressed: `<prefix>.events.<partition>.<weight>.<TYPE>.<bucket>`.
 *
 * Consumers read by partition. Servers before 2.10 filter a consumer by one subject only, so types cannot be chosen
 * there; the weight is what makes up for it: the few types whose payloads are many times larger than all others (a served
 * slate carries its feature values) can be left out on the server, and what is left is sorted out by subject, without
 * parsing.
 *
 * The profile itself is not in the subject: a stream keeps an index by subject in memory, and servers before 2.11 look
 * through the subjects of a block for every message of a filtered consumer, which with a subject per profile costs more
 * than everything else. A bucket of profiles narrows down where erasure has to look; a header says whose event it is.
 */
import { subjectToken } from '@marquee/coordination/nats-connection';
import { type EventType, hash32, type MarqueeEvent, type ProfileId, partitionOf } from '@marquee/domain';

const HEAVY: ReadonlySet<string> = new Set<EventType>(['SLATE_SERVED']);
type Weight = 'heavy' | 'light';

/** Of each partition. Events keep theirs for the life of the log, so neither number may change. */
const BUCKETS = 8;
const BUCKET_SEED = 0x6275636b;

/** Carries the profile's token on every event. */
export const PROFILE_HEADER = 'Marquee-Profile';

export interface EventAddress {
  readonly partition: number;
  readonly type: string;
}

export class Subjects {
  readonly partitions: number;
  /** Names of the streams. */
  readonly events: string;
  readonly deadLetters: string;
  readonly #prefix: string;

  constructor(prefix: string, partitions: number) {
    this.#prefix = prefix;
    this.partitions = partitions;
    this.events = `${prefix}_events`;
    this.deadLetters = `${prefix}_dead_letters`;
  }

  /** What the stream of events takes in. One subject, because a consumer's filter must lie within one. */
  ofStream(): string[] {
    return [`${this.#prefix}.events.>`];
  }

  ofEvent({ profileId, type }: Pick<MarqueeEvent, 'profileId' | 'type'>): string {
    const partition = partitionOf(profileId, this.partitions);
    return `${this.#prefix}.events.${partition}.${weightOf(type)}.${type}.${bucketOf(profileId)}`;
  }

  /** All events of the profile and of those that share its bucket. */
  ofBucket(profileId: ProfileId): string {
    return `${this.#prefix}.events.${partitionOf(profileId, this.partitions)}.*.*.${bucketOf(profileId)}`;
  }

  /** The narrowest one subject that has all of a partition's (undefined: the whole log's) events of those types. */
  ofPartition(partition: number | undefined, types?: readonly EventType[]): string {
    const weights = types === undefined ? undefined : new Set(types.map(weightOf));
    const rest = weights?.size === 1 ? `${[...weights][0]}.>` : '>';
    return partition === undefined && rest === '>'
      ? this.ofStream()[0]!
      : `${this.#prefix}.events.${partition ?? '*'}.${rest}`;
  }

  /** Exactly one type; for counting. */
  ofType(partition: number, type: EventType): string {
    return `${this.#prefix}.events.${partition}.${weightOf(type)}.${type}.*`;
  }

  addressOf(subject: string): EventAddress {
    const [, , partition, , type] = subject.split('.');
    return { partition: Number(partition), type: type ?? '' };
  }

  ofDeadLetters(): string[] {
    return [`${this.#prefix}.dead.>`];
  }

  /** One per consumer and event: a dead letter that is written again replaces itself. */
  ofDeadLetter(consumer: string, profileId: ProfileId, sequence: number): string {
    return `${this.#prefix}.dead.${subjectToken(consumer)}.${subjectToken(profileId)}.${sequence}`;
  }

  ofProfilesDeadLetters(profileId: ProfileId): string {
    return `${this.#prefix}.dead.*.${subjectToken(profileId)}.*`;
  }

  sequenceOfDeadLetter(subject: string): number {
    return Number(subject.slice(subject.lastIndexOf('.') + 1));
  }

  /** Not in any stream: positions are worth something only while somebody listens. */
  ofProgress(consumer: string): string {
    return `${this.#prefix}.progress.${subjectToken(consumer)}`;
  }
}

function weightOf(type: string): Weight {
  return HEAVY.has(type) ? 'heavy' : 'light';
}

function bucketOf(profileId: ProfileId): number {
  return hash32(profileId, BUCKET_SEED) % BUCKETS;
}
