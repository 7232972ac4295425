/**
 * Somebody who works on the catalogue while its indexer is killed: puts twins of titles that are there, changes them again and
 * again, and removes some. What they know of each title is what has to be found everywhere afterwards.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CATALOGUE_PARTITION,
  EVENT_SCHEMA_VERSION,
  type EventOf,
  type Random,
  type Title,
  type TitleId,
} from '@marquee/domain';
import type { Ports } from '../faults/campaign.ts';

export interface ChangedTitle {
  readonly id: TitleId;
  /** Of the title that it is a twin of. */
  readonly original: TitleId;
  /** As it was put last; undefined: it was removed. */
  readonly now: Title | undefined;
}

export interface CatalogueChangesOptions {
  readonly ports: Pick<Ports, 'bus' | 'catalogue'>;
  /** One twin at most of each. */
  readonly originals: readonly Title[];
  readonly random: Random;
  /** Between the end of one change and the next. */
  readonly everyMs: number;
}

const RETRY_MS = 250;
const NEW = 0.3;
const REMOVED = 0.15;

export class CatalogueChanges {
  readonly #options: CatalogueChangesOptions;
  readonly #titles = new Map<TitleId, ChangedTitle>();
  readonly #stopping = new AbortController();
  #made = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(options: CatalogueChangesOptions) {
    this.#options = options;
  }

  get titles(): readonly ChangedTitle[] {
    return [...this.#titles.values()];
  }

  /** Whose event was acknowledged. */
  get made(): number {
    return this.#made;
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Resolves when the change that is being made is made. @throws what kept it from being made */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#change();
      await delay(this.#options.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #change(): Promise<void> {
    const { originals, random } = this.#options;
    const living = this.titles.filter(({ now }) => now !== undefined);
    const lot = random.next();
    const original = originals[this.#titles.size];
    if (original !== undefined && (lot < NEW || living.length === 0)) return this.#put(original, original.id);
    const one = living[random.integer(Math.max(1, living.length))];
    if (one?.now === undefined) return;
    if (lot > 1 - REMOVED) return this.#remove(one);
    const twin = originals.find(({ id }) => id === one.original);
    if (twin !== undefined) return this.#put(twin, one.original);
  }

  /** With a word in its name that no other version has, so that its vector and its page say which version it is. */
  async #put(twin: Title, original: TitleId): Promise<void> {
    const { catalogue } = this.#options.ports;
    const version = wordOf(this.#made);
    const id = `twin-of-${original}`;
    const now: Title = {
      ...twin,
      id,
      name: `${twin.name} ${version}`,
      addedAt: Date.now(),
      availability: [{ from: 0 }],
    };
    await again(() => catalogue.put({ titles: [now] }));
    await this.#publish('TITLE_CHANGED', id);
    this.#titles.set(id, { id, original, now });
  }

  async #remove(title: ChangedTitle): Promise<void> {
    await again(() => this.#options.ports.catalogue.remove([title.id]));
    await this.#publish('TITLE_REMOVED', title.id);
    this.#titles.set(title.id, { ...title, now: undefined });
  }

  async #publish(type: 'TITLE_CHANGED' | 'TITLE_REMOVED', titleId: TitleId): Promise<void> {
    const at = Date.now();
    const event = {
      ...{ eventId: randomUUID(), type, schemaVersion: EVENT_SCHEMA_VERSION },
      ...{ occurredAt: at, receivedAt: at, profileId: CATALOGUE_PARTITION, payload: { titleId } },
    } as EventOf<typeof type>;
    await again(() => this.#options.ports.bus.publish([event]));
    this.#made++;
  }
}

const ATTEMPTS = 40;

/** What was not told to be done is done again, as whoever keeps a catalogue does; both are harmless twice. */
async function again(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await act();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Letters alone: digits are not taken for content. */
export function wordOf(number: number): string {
  let [word, rest] = ['', number];
  do {
    word = String.fromCharCode(97 + (rest % 26)) + word;
    rest = Math.floor(rest / 26);
  } while (rest > 0);
  return `version${word}`;
}
