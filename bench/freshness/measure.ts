/** What is done to a running platform, and how long after it each use of it shows that. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CATALOGUE_PARTITION,
  EVENT_SCHEMA_VERSION,
  type EventPayload,
  type EventType,
  type MarqueeEvent,
  type Title,
} from '@marquee/domain';
import { profileStateView } from '@marquee/features';
import { allTitles, createClient } from '../../packages/standalone/src/end-to-end/client.ts';
import type { Ports } from '../faults/campaign.ts';

export interface Measured {
  readonly what: string;
  /** Milliseconds; infinite: not within a minute. */
  readonly times: readonly number[];
}

export interface Subject {
  readonly ports: Ports;
  /** Of a gateway. */
  readonly url: string;
  readonly viewers: readonly string[];
  readonly signal: AbortSignal;
}

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 2;
/** Viewers whose pages are looked at for a title that goes. */
const LOOKED_AT = 4;

/** A viewer hides a title of the home page: an event that must change what is shown next. */
export async function measureEvents(subject: Subject, count: number): Promise<readonly Measured[]> {
  const { ports, url, viewers, signal } = subject;
  const visible: number[] = [];
  const changed: number[] = [];
  for (let i = 0; i < count && !signal.aborted; i++) {
    const profileId = viewers[i % viewers.length]!;
    const client = createClient(url, profileId);
    const titleId = allTitles(await client.home())[0];
    if (titleId === undefined) continue;
    const [ack] = await ports.bus.publish([event('TITLE_HIDDEN', profileId, { titleId })]);
    const at = performance.now();
    const key = profileStateView.key(profileId);
    const [feature, page] = await Promise.all([
      since(at, async () => {
        const [blob] = await ports.store.getMany([key]);
        return (profileStateView.decode(blob)?.appliedSequence ?? 0) >= ack!.sequence;
      }),
      since(at, async () => !allTitles(await client.home()).includes(titleId)),
    ]);
    visible.push(feature);
    changed.push(page);
  }
  return [
    { what: 'event acknowledged → in the features', times: visible },
    { what: 'event acknowledged → another home page', times: changed },
  ];
}

/** A new title is the twin of one that is there, so whoever asks for what is like that one must find it. */
export async function measureNewTitles(subject: Subject, count: number): Promise<readonly Measured[]> {
  const { ports, url, viewers, signal } = subject;
  const page: number[] = [];
  const candidate: number[] = [];
  const { titles } = await ports.catalogue.findTitles({ first: Math.min(100, count) });
  for (const { title } of titles.slice(0, count)) {
    if (signal.aborted) break;
    const now = Date.now();
    const twin: Title = {
      ...title,
      id: `twin-of-${title.id}-${now}`,
      addedAt: now,
      availability: [{ from: 0 }],
    };
    const client = createClient(url, viewers[0]);
    await ports.catalogue.put({ titles: [twin] });
    await ports.bus.publish([event('TITLE_CHANGED', CATALOGUE_PARTITION, { titleId: twin.id })]);
    const at = performance.now();
    const [shown, found] = await Promise.all([
      since(at, async () => (await pageOf(client, twin.id)) !== null),
      since(at, async () => likes(await pageOf(client, title.id)).includes(twin.id)),
    ]);
    page.push(shown);
    candidate.push(found);
  }
  return [
    { what: 'new title → its page', times: page },
    { what: 'new title → among the titles like its twin', times: candidate },
  ];
}

/**
 * Titles that several viewers have on their pages, one after another. Of each its own page is waited for beside what follows: an answer that is
 * kept stays for half a minute.
 */
export async function measureRemovals(subject: Subject, count: number): Promise<readonly Measured[]> {
  const { ports, url, viewers, signal } = subject;
  const clients = viewers.slice(0, LOOKED_AT).map((profileId) => createClient(url, profileId));
  const [candidate, homes]: [number[], number[]] = [[], []];
  const pages: Promise<number>[] = [];
  for (let i = 0; i < count && !signal.aborted; i++) {
    const shown = await Promise.all(clients.map(async (client) => allTitles(await client.home())));
    const titleId = shown[i % shown.length]!.find((id) => !id.startsWith('twin-of-'));
    if (titleId === undefined) continue;
    const near = likes(await pageOf(clients[0]!, titleId))[0];
    const showing = clients.filter((_, c) => shown[c]!.includes(titleId));
    await ports.catalogue.remove([titleId]);
    await ports.bus.publish([event('TITLE_REMOVED', CATALOGUE_PARTITION, { titleId })]);
    const at = performance.now();
    pages.push(since(at, async () => (await pageOf(clients[0]!, titleId)) === null, KEPT));
    const [unlike, off] = await Promise.all([
      near === undefined
        ? undefined
        : since(at, async () => !likes(await pageOf(clients[0]!, near)).includes(titleId)),
      Promise.all(
        showing.map((client) => since(at, async () => !allTitles(await client.home()).includes(titleId))),
      ),
    ]);
    if (unlike !== undefined) candidate.push(unlike);
    homes.push(...off);
  }
  return [
    { what: 'removed title → no page of its own', times: await Promise.all(pages) },
    { what: 'removed title → not like any other', times: candidate },
    { what: 'removed title → off every home page that had it', times: homes },
  ];
}

interface TitlePage {
  readonly moreLikeThis: { readonly items: { readonly nodes: readonly { title: { id: string } }[] } } | null;
}

async function pageOf(client: ReturnType<typeof createClient>, id: string): Promise<TitlePage | null> {
  return (await client.operation<{ title: TitlePage | null }>('TitlePage', { id })).title;
}

function likes(page: TitlePage | null): readonly string[] {
  return page?.moreLikeThis?.items.nodes.map(({ title }) => title.id) ?? [];
}

/** How often it is looked. */
interface Looks {
  /** Of the time that has passed, between two looks; so much may be counted too much. */
  readonly share: number;
  readonly atMostMs: number;
}
const OFTEN: Looks = { share: 0, atMostMs: LOOK_EVERY_MS };
/** Many wait for half a minute at once: what they ask is not to be what the others are measured under. */
const KEPT: Looks = { share: 0.1, atMostMs: 500 };

/** Milliseconds until it is so; infinite when it is not within a minute. What fails meanwhile is not so yet. */
async function since(
  at: number,
  isSo: () => Promise<boolean>,
  { share, atMostMs }: Looks = OFTEN,
): Promise<number> {
  for (;;) {
    const passed = performance.now() - at;
    if (passed >= WITHIN_MS) return Number.POSITIVE_INFINITY;
    if (await isSo().catch(() => false)) return performance.now() - at;
    await delay(Math.min(atMostMs, Math.max(LOOK_EVERY_MS, passed * share)));
  }
}

function event<T extends EventType>(type: T, profileId: string, payload: EventPayload<T>): MarqueeEvent {
  const now = Date.now();
  return {
    ...{ eventId: randomUUID(), type, schemaVersion: EVENT_SCHEMA_VERSION },
    ...{ occurredAt: now, receivedAt: now, profileId, payload },
  } as MarqueeEvent;
}
