/**
 * The two kinds of consumers on the server.
 *
 * A *durable* one keeps a name's position in one partition. It is pulled and acknowledged explicitly, a batch at a time:
 * its policy is `all`, because a partition is handled in order by one reader. Every reader makes a new generation of it,
 * begun at the acknowledged floor of the one before, and only then deletes that: whoever held the partition before can
 * take nothing more from it and acknowledge nothing more, and what was on its way to him is delivered anew, at once and
 * in order, instead of after `ack_wait` and behind newer events.
 *
 * An *ephemeral* one reads from a place that its reader keeps; the server forgets it soon after the reader is gone.
 */
import type { NatsLink } from '@marquee/coordination/nats-connection';
import { subjectToken } from '@marquee/coordination/nats-connection';
import { AckPolicy, type ConsumerInfo, nanos } from 'nats';
import { type EventStream, startingAfter } from './event-stream.ts';
import type { OpenedConsumer } from './pull-reader.ts';

export const ACK_WAIT_MS = 30_000;
const FORGOTTEN_AFTER_MS = 60_000;
/** More than any reader asks for ahead: two of the largest batches. */
const MAX_ACK_PENDING = 100_000;
const DURABLE = /^p(\d+)_([0-9a-z]+)_(.+)$/;

export async function ephemeralConsumer(
  link: NatsLink,
  stream: string,
  filter: string,
  after: number,
  options: { readonly headersOnly?: boolean } = {},
): Promise<OpenedConsumer> {
  const { name, num_pending } = await link.manager.consumers.add(stream, {
    ...startingAfter(after),
    ack_policy: AckPolicy.None,
    mem_storage: true,
    inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
    filter_subject: filter,
    ...(options.headersOnly === true ? { headers_only: true } : {}),
  });
  return { consumer: name, after, pending: num_pending };
}

/** What the server knows of what a name has still to handle, by partition; without those that nobody ever read. */
export async function durableLags(stream: EventStream, name: string): Promise<Map<number, number>> {
  const newest = new Map<number, ConsumerInfo>();
  for (const { partition, info } of await generationsOf(stream, name)) {
    const other = newest.get(partition);
    if (other === undefined || floorOf(info) >= floorOf(other)) newest.set(partition, info);
  }
  return new Map(
    [...newest].map(([partition, { num_pending, num_ack_pending }]) => [
      partition,
      num_pending + num_ack_pending,
    ]),
  );
}

export interface DurableOptions {
  readonly link: NatsLink;
  readonly stream: EventStream;
  /** Of the stream on the server. */
  readonly streamName: string;
  readonly name: string;
  readonly partition: number;
  readonly filter: string;
  /** Of the lease on the partition: in the generation's name, so that a successor's cannot be mistaken for it. */
  readonly fence: number;
}

/** One holder's succession of generations. */
export class DurableConsumer {
  readonly #options: DurableOptions;
  #current: string | undefined;
  #made = 0;

  constructor(options: DurableOptions) {
    this.#options = options;
  }

  async nextGeneration(handled: number): Promise<OpenedConsumer> {
    const { stream, name, partition } = this.#options;
    if (this.#current !== undefined) return this.#replace(handled, [this.#current]);
    const earlier = (await generationsOf(stream, name)).filter((one) => one.partition === partition);
    const floor = Math.max(handled, ...earlier.map(({ info }) => floorOf(info)));
    return this.#replace(
      floor,
      earlier.map(({ info }) => info.name),
    );
  }

  async #replace(after: number, earlier: readonly string[]): Promise<OpenedConsumer> {
    const { link, streamName, name, partition, fence, filter } = this.#options;
    const generation = `p${partition}_${fence.toString(36)}x${(this.#made++).toString(36)}_${subjectToken(name)}`;
    const { num_pending } = await link.manager.consumers.add(streamName, {
      ...startingAfter(after),
      durable_name: generation,
      ack_policy: AckPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_deliver: -1,
      max_ack_pending: MAX_ACK_PENDING,
      filter_subject: filter,
    });
    this.#current = generation;
    for (const consumer of earlier) {
      // One that stays behind is found and deleted by the next holder.
      await link.manager.consumers.delete(streamName, consumer).catch(() => undefined);
    }
    return { consumer: generation, after, pending: num_pending };
  }
}

async function generationsOf(stream: EventStream, name: string) {
  const token = subjectToken(name);
  return (await stream.allConsumers()).flatMap((info) => {
    const [, partition, , owner] = DURABLE.exec(info.name) ?? [];
    return owner === token ? [{ partition: Number(partition), info }] : [];
  });
}

function floorOf(info: ConsumerInfo): number {
  const begun = (info.config.opt_start_seq ?? 1) - 1;
  const delivered = info.num_ack_pending === 0 ? info.delivered.stream_seq : 0;
  return Math.max(begun, info.ack_floor.stream_seq, delivered);
}
