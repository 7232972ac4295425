/** Preview variants through the configuration broadcast: a list that gateways watch, and a text for each. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import {
  decodeVariants,
  encodeVariant,
  encodeVariants,
  VARIANTS_KEY,
  type VariantPublication,
  variantTextKey,
} from '@marquee/gateway/supergraph';
import { isMarqueeError } from '@marquee/service-kit';
import { assertRoom, current, datedVariant, unknownVariant, type Variants } from './variants.ts';

export interface BroadcastVariantPublicationsOptions {
  /** What gateways watch; started. */
  readonly broadcast: ConfigurationBroadcast;
  readonly now: () => Date;
}

export function broadcastVariantPublications({
  broadcast,
  now,
}: BroadcastVariantPublicationsOptions): Variants {
  async function read() {
    const value = await broadcast.get(VARIANTS_KEY);
    const all = value === undefined ? [] : decodeVariants(value.value);
    return { all, living: current(all, now()), revision: value?.revision ?? 0 };
  }

  /** Puts a list in force and takes away the texts that it has no use for. @throws MarqueeError CONFLICT */
  async function replace(
    list: readonly VariantPublication[],
    former: readonly VariantPublication[],
    revision: number,
  ): Promise<void> {
    await broadcast.put(VARIANTS_KEY, encodeVariants(list), revision);
    await forgetTexts(former, list);
  }

  async function forgetTexts(
    of: readonly VariantPublication[],
    inUse: readonly VariantPublication[],
  ): Promise<void> {
    const used = new Set(inUse.map(variantTextKey));
    for (const key of of.map(variantTextKey)) if (!used.has(key)) await broadcast.put(key, '');
  }

  return {
    list: async () => (await read()).living,
    async publish(given) {
      const { sdl, ...variant } = datedVariant(given, now());
      const { all, living, revision } = await read();
      const others = living.filter(({ name }) => name !== variant.name);
      assertRoom(others);
      await broadcast.put(variantTextKey(variant), encodeVariant({ ...variant, sdl }));
      try {
        // Gateways are told by the list; whoever loses the race for it has to publish once more.
        await replace([variant, ...others], all, revision);
      } catch (error) {
        if (isMarqueeError(error, 'CONFLICT')) await forgetTexts([variant], (await read()).all);
        throw error;
      }
      return variant;
    },
    async retire(name) {
      const { all, living, revision } = await read();
      if (!all.some((each) => each.name === name)) throw unknownVariant(name);
      await replace(
        living.filter((each) => each.name !== name),
        all,
        revision,
      );
    },
    close: () => broadcast.stop(),
  };
}
