/** Where a gateway hears of preview variants: a folder beside the supergraph's file, or the configuration broadcast. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import {
  decodeVariant,
  decodeVariants,
  MAX_PUBLISHED_VARIANTS,
  type PublishedVariant,
  VARIANT_NAME,
  VARIANTS_KEY,
  type VariantPublication,
  variantFile,
  variantTextKey,
} from './published-variant.ts';

export interface VariantListener {
  /** All that there are, whenever one of them has changed. */
  offered(variants: readonly PublishedVariant[]): void;
  /** @param what a variant's name, or where variants are listed. What was offered before stays. */
  unreadable(what: string, error: unknown): void;
}

export interface VariantSource {
  /** Tells what there is and every change. Called once, before `start()`. */
  listen(listener: VariantListener): void;
  /** Rejects for what waiting cannot help with. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface VariantFolderOptions {
  readonly folder: string;
  /** How often it is looked at. Default 500. */
  readonly intervalMs?: number;
}

/** One file for each, replaced whole by whoever publishes; a folder that is not there has none. */
export function folderVariants({ folder, intervalMs = 500 }: VariantFolderOptions): VariantSource {
  let told: VariantListener | undefined;
  let known = new Map<string, { readonly state: string; readonly variant: PublishedVariant | undefined }>();
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let complained = '';

  async function look(): Promise<void> {
    const found = new Map<string, { state: string; variant: PublishedVariant | undefined }>();
    for (const name of await namesIn(folder)) {
      const path = join(folder, variantFile(name));
      // Gone since it was listed: the next look will not find it.
      const about = await stat(path, { bigint: true }).catch(() => undefined);
      if (about === undefined) continue;
      const state = `${about.ino} ${about.size} ${about.mtimeNs}`;
      const before = known.get(name);
      found.set(name, before?.state === state ? before : { state, variant: await read(name, path) });
    }
    const changed =
      found.size !== known.size || [...found].some(([name, one]) => known.get(name)?.variant !== one.variant);
    known = found;
    if (changed) told?.offered([...found.values()].flatMap(({ variant }) => variant ?? []));
  }

  async function read(name: string, path: string): Promise<PublishedVariant | undefined> {
    try {
      const variant = decodeVariant(await readFile(path, 'utf8'));
      if (variant.name !== name) throw new MarqueeError('CONFIG_INVALID', `${path} is of ${variant.name}`);
      return variant;
    } catch (error) {
      told?.unreadable(name, error);
      // Perhaps published anew and damaged on the way: the one before serves on.
      return known.get(name)?.variant;
    }
  }

  async function lookAgain(): Promise<void> {
    try {
      await look();
      complained = '';
    } catch (error) {
      const reason = String(error);
      if (reason !== complained) told?.unreadable(folder, error);
      complained = reason;
    }
    if (!running) return;
    timer = setTimeout(lookAgain, intervalMs);
    timer.unref();
  }

  return {
    listen(listener) {
      told = listener;
    },
    async start() {
      running = true;
      await lookAgain();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return files
    .map((file) => file.replace(/\.json$/, ''))
    .filter((name) => VARIANT_NAME.test(name) && files.includes(variantFile(name)))
    .sort()
    .slice(0, MAX_PUBLISHED_VARIANTS);
}

export interface BroadcastVariantsOptions {
  /** Started and stopped with the source. */
  readonly broadcast: ConfigurationBroadcast;
  readonly logger: Logger;
}

/** `start()` does not wait for a server that is away: a gateway serves without previews until it is heard of. */
export function broadcastVariants({ broadcast, logger }: BroadcastVariantsOptions): VariantSource {
  let told: VariantListener | undefined;
  let end: () => void = () => undefined;
  let running = false;
  let known = new Map<string, PublishedVariant>();
  let reading: Promise<void> = Promise.resolve();

  async function readTexts(value: string): Promise<void> {
    try {
      const next = new Map<string, PublishedVariant>();
      for (const listed of decodeVariants(value)) {
        const before = known.get(listed.name);
        if (before?.hash === listed.hash) next.set(listed.name, { ...listed, sdl: before.sdl });
        else {
          const variant = await readText(listed);
          if (variant !== undefined) next.set(listed.name, { ...listed, sdl: variant.sdl });
          else if (before !== undefined) next.set(listed.name, before);
        }
      }
      known = next;
      if (running) told?.offered([...next.values()]);
    } catch (error) {
      told?.unreadable('the list of variants', error);
    }
  }

  async function readText(listed: VariantPublication): Promise<PublishedVariant | undefined> {
    try {
      const value = await broadcast.get(variantTextKey(listed));
      const variant = decodeVariant(value?.value ?? '');
      if (variant.hash !== listed.hash) {
        throw new MarqueeError('CONFIG_INVALID', 'its text is of another version');
      }
      return variant;
    } catch (error) {
      told?.unreadable(listed.name, error);
      return undefined;
    }
  }

  async function connect(): Promise<void> {
    while (running) {
      try {
        return await broadcast.start();
      } catch (error) {
        // Waiting is the broadcast's own affair, with pauses.
        if (!isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE')) throw error;
        logger.warn({ err: error }, 'the configuration broadcast is away; preview variants are not heard of');
      }
    }
  }

  return {
    listen(listener) {
      told = listener;
    },
    async start() {
      running = true;
      end = broadcast.watch(VARIANTS_KEY, ({ value }) => {
        reading = reading.then(() => readTexts(value));
      });
      connect().catch((error: unknown) => told?.unreadable('the configuration broadcast', error));
    },
    async stop() {
      running = false;
      end();
      await broadcast.stop();
      await reading;
    },
  };
}
