/**
 * How long after its acknowledgement an event shows. *Told*: the bus says that the consumer has handled it, which is
 * what mutations wait for. *Visible*: the profile's state, read from the store as a request reads it, has it.
 */
import type { ConsumerProgress, EventBus, PublishAck } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import { MATERIALISER_CONSUMER, profileStateView } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { percentile } from '../closed-loop.ts';

export interface Sample {
  /** On the clock of `performance`. */
  readonly acknowledgedAt: number;
  readonly partition: number;
  /** Milliseconds; infinite when it did not show in time. */
  told: number;
  visible: number;
  projected: number;
}

export interface FreshnessProbe {
  /** Of the last event of a batch. Resolves when it is known; `samples` has it then. */
  follow(profileId: string, ack: PublishAck): Promise<void>;
  /** Follows whether everything up to there is handled, now. */
  isHandled(at: { partition: number; sequence: number }): Promise<boolean>;
  /** Resolves when all that is being followed is known. */
  settled(): Promise<void>;
  /** Those known since the last call. */
  take(): readonly Sample[];
  stop(): Promise<void>;
}

/** Between two looks into the store: what `visible` can be wrong by. */
const LOOK_EVERY_MS = 2;
const GIVE_UP_MS = 60_000;

export async function createFreshnessProbe(bus: EventBus, store: KeyValueStore): Promise<FreshnessProbe> {
  const features = bus.progressOf(MATERIALISER_CONSUMER);
  const profiles = bus.progressOf(PROFILE_PROJECTOR);
  await Promise.all([features.start(), profiles.start()]);
  const following = new Set<Promise<void>>();
  const looking = new Map<object, { key: string; sequence: number; seen: () => void }>();
  let samples: Sample[] = [];
  let look: Promise<void> | undefined;

  async function lookUntilSeen(): Promise<void> {
    while (looking.size > 0) {
      const began = performance.now();
      const wanted = [...looking];
      const blobs = await store.getMany(wanted.map(([, { key }]) => key)).catch(() => []);
      for (const [i, [token, { sequence, seen }]] of wanted.entries()) {
        if ((profileStateView.decode(blobs[i])?.appliedSequence ?? 0) < sequence) continue;
        looking.delete(token);
        seen();
      }
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, LOOK_EVERY_MS - (performance.now() - began))),
      );
    }
    look = undefined;
  }

  function visible(profileId: string, sequence: number): Promise<boolean> {
    return new Promise((resolve) => {
      const token = {};
      const timer = setTimeout(() => {
        looking.delete(token);
        resolve(false);
      }, GIVE_UP_MS);
      const seen = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      looking.set(token, { key: profileStateView.key(profileId), sequence, seen });
      look ??= lookUntilSeen();
    });
  }

  const since = async (from: number, what: Promise<boolean>): Promise<number> =>
    (await what) ? performance.now() - from : Number.POSITIVE_INFINITY;

  async function measure(profileId: string, ack: PublishAck): Promise<void> {
    const at = performance.now();
    const settled = (progress: ConsumerProgress): Promise<boolean> => progress.settled(ack, GIVE_UP_MS);
    const [told, seen, projected] = await Promise.all([
      since(at, settled(features)),
      since(at, visible(profileId, ack.sequence)),
      since(at, settled(profiles)),
    ]);
    samples.push({ acknowledgedAt: at, partition: ack.partition, told, visible: seen, projected });
  }

  return {
    follow(profileId, ack) {
      const followed: Promise<void> = measure(profileId, ack).finally(() => following.delete(followed));
      following.add(followed);
      return followed;
    },
    isHandled: (at) => features.settled(at, 0),
    async settled() {
      while (following.size > 0) await Promise.all(following);
    },
    take() {
      const taken = samples;
      samples = [];
      return taken;
    },
    async stop() {
      await look;
      await Promise.all([features.stop(), profiles.stop()]);
    },
  };
}

export function quantile(samples: readonly Sample[], of: (sample: Sample) => number, p: number): number {
  return percentile(
    samples.map(of).sort((a, b) => a - b),
    p,
  );
}
