/**
 * People who do not wait for each other: requests leave at a fixed rate, whatever became of the ones before. Home pages for
 * many viewers, some of which cannot come from a stored slate; feedback and saved titles with an outside ledger.
 * Whoever was not told that an event is taken sends it again under the same id, as a good client does.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '@marquee/domain';
import { type Deed, EventLedger, type LedgerEntry } from './event-ledger.ts';
import { type HomeAnswer, readHome } from './home-answer.ts';
import type { LoadBalancer, Sent } from './load-balancer.ts';
import type { HomeDocument, LoadMix } from './load-mix.ts';

export interface LoadOptions {
  readonly balancer: LoadBalancer;
  /** Requests for home pages and writes together. */
  readonly perSecond: number;
  readonly mix: LoadMix;
  /** Milliseconds in which the rate grows from a tenth to the whole: nobody sends a cold platform everything at once. */
  readonly rampMs: number;
  readonly seed: number;
  /** Whose home pages are asked for, besides those who write. */
  readonly viewers: readonly string[];
  /** Begins the id of everybody who writes; nobody else's. */
  readonly profilePrefix: string;
  readonly writers: number;
  /** What they see, play and save. */
  readonly titleIds: readonly string[];
  /** Milliseconds of the campaign. */
  readonly now: () => number;
}

export interface HomeRecord extends HomeAnswer {
  readonly document: HomeDocument;
  readonly sentAt: number;
  readonly latencyMs: number;
  readonly gateway: string;
  readonly refusals: number;
}

export interface WriteRecord {
  readonly sentAt: number;
  readonly latencyMs: number;
  readonly gateway: string;
  readonly told: 'accepted' | 'failed';
  /** Of what went wrong. */
  readonly code?: string;
}

const DOCUMENTS = new URL('../../schema/trusted-documents/', import.meta.url);
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;
const PLAYED_SECONDS = 600;
/** Writers who will not get through in that time give up; what becomes of their events is not held against anybody. */
const GIVE_UP_MS = 120_000;

export class OpenLoopLoad {
  readonly homes: HomeRecord[] = [];
  readonly writes: WriteRecord[] = [];
  readonly ledger = new EventLedger();
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #documents = new Map<string, string>();
  readonly #inFlight = new Set<Promise<void>>();
  #deeds = 0;
  #sent = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #abandoned = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
  }

  async start(): Promise<void> {
    for (const name of ['HomeRows', 'RecordEvents', 'SaveToMyList']) {
      this.#documents.set(name, await readFile(new URL(`${name}.graphql`, DOCUMENTS), 'utf8'));
    }
    this.#documents.set(
      'HomeFirstScreen',
      await readFile(new URL('first-screen.graphql', import.meta.url), 'utf8'),
    );
    this.#startedAt = this.#options.now();
    const { perSecond, rampMs } = this.#options;
    // Timers are late at times; what is due is sent then.
    this.#timer = setInterval(() => {
      const due = (perSecond * fullRateMs(this.#options.now() - this.#startedAt, rampMs)) / 1000;
      while (this.#sent < due) this.#begin(this.#sent++);
    }, 5);
  }

  /** Pages and writes so far, without repetitions. */
  get sent(): number {
    return this.#sent;
  }

  /** As `stop`, and writers who were refused do not try again. */
  abandon(): Promise<void> {
    this.#abandoned = true;
    return this.stop();
  }

  /** Sends nothing new, and resolves when everything that was sent has been answered or given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  #begin(turn: number): void {
    const work = this.#random.next() < this.#options.mix.writes ? this.#write() : this.#home(turn);
    this.#inFlight.add(work);
    void work.finally(() => this.#inFlight.delete(work));
  }

  async #home(turn: number): Promise<void> {
    const { viewers, writers, mix, now } = this.#options;
    const who = this.#random.integer(viewers.length + writers);
    const profileId = viewers[who] ?? this.#writer(who - viewers.length);
    const document = this.#random.next() < mix.documents.full ? 'full' : 'first-screen';
    // A title that does not exist changes nothing but the question.
    const fresh = this.#random.next() < mix.fresh;
    const variables = fresh ? { input: { excludeTitleIds: [`nothing-${turn}`] } } : {};
    const sentAt = now();
    const sent = await this.#send(document === 'full' ? 'HomeRows' : 'HomeFirstScreen', variables, profileId);
    const latencyMs = now() - sentAt;
    const { gateway, refusals } = sent;
    this.homes.push({ ...readHome(sent), document, sentAt, latencyMs, gateway, refusals });
  }

  async #write(): Promise<void> {
    const { now } = this.#options;
    const saves = this.#random.next() < 0.3;
    const entry = saves ? this.#entry(['LIST_SAVED']) : this.#entry(['IMPRESSION', 'PLAY_STOP']);
    const { profileId, titleId } = entry.deeds[0] as Deed;
    for (let retry = 0; !entry.acknowledged && now() - entry.sentAt < GIVE_UP_MS; retry++) {
      if (retry > 0 && this.#abandoned) return;
      if (retry > 0) await delay(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (retry - 1)));
      entry.tries++;
      const sentAt = now();
      const sent = saves
        ? await this.#send('SaveToMyList', { input: { titleId } }, profileId)
        : await this.#send('RecordEvents', { input: { events: inputOf(entry) } }, profileId);
      const code = saves ? notSaved(sent) : notRecorded(sent, entry.deeds.length);
      entry.acknowledged = code === undefined;
      if (code === undefined) entry.acknowledgedAt = now();
      else entry.failures.push(code);
      const told = code === undefined ? ('accepted' as const) : ('failed' as const);
      const { gateway } = sent;
      this.writes.push({
        sentAt,
        latencyMs: now() - sentAt,
        gateway,
        told,
        ...(code === undefined ? {} : { code }),
      });
    }
  }

  /** Nobody does the same twice. */
  #entry(kinds: readonly Deed['kind'][]): LedgerEntry {
    const { writers, titleIds, now } = this.#options;
    const deed = this.#deeds++;
    const profileId = this.#writer(deed % writers);
    const turn = Math.floor(deed / writers);
    // What is played is no longer counted as only seen: never the same title for both.
    const deeds = kinds.map((kind, i) => {
      const titleId = titleIds[(2 * turn + i) % titleIds.length] as string;
      return { profileId, kind, titleId, eventId: randomUUID() };
    });
    return this.ledger.send(deeds, now());
  }

  #writer(index: number): string {
    return `${this.#options.profilePrefix}${index}`;
  }

  #send(name: string, variables: Record<string, unknown>, profileId: string): Promise<Sent> {
    const body = JSON.stringify({ query: this.#documents.get(name), operationName: name, variables });
    return this.#options.balancer.send(body, { 'x-profile-id': profileId });
  }
}

/** Milliseconds at the whole rate in which as much is sent as in so many from the start. */
function fullRateMs(elapsedMs: number, rampMs: number): number {
  const ramped = Math.min(elapsedMs, rampMs);
  const grown = rampMs === 0 ? 0 : 0.1 * ramped + (0.45 * ramped * ramped) / rampMs;
  return grown + (elapsedMs - ramped);
}

function inputOf({ deeds }: LedgerEntry): readonly Record<string, unknown>[] {
  const occurredAt = new Date().toISOString();
  return deeds.map(({ kind, titleId, eventId }) => ({
    eventId,
    type: kind,
    titleId,
    occurredAt,
    ...(kind === 'PLAY_STOP' ? { watchedSeconds: PLAYED_SECONDS, positionSeconds: PLAYED_SECONDS } : {}),
  }));
}

interface WriteBody {
  readonly data?: {
    readonly recordEvents?: {
      readonly accepted: number;
      readonly duplicates: number;
      readonly rejected: readonly { readonly code: string }[];
    };
    readonly saveToMyList?: { readonly userErrors: readonly { readonly code: string }[] };
  } | null;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

/** Why a client must take the events for not recorded; undefined when they are. */
function notRecorded(sent: Sent, expected: number): string | undefined {
  const body = bodyOf(sent);
  if (typeof body === 'string') return body;
  const recorded = body.data?.recordEvents;
  if (recorded === undefined || recorded === null) return codeOf(body);
  if (recorded.rejected.length > 0) return recorded.rejected[0]!.code;
  return recorded.accepted + recorded.duplicates === expected ? undefined : 'COUNT';
}

function notSaved(sent: Sent): string | undefined {
  const body = bodyOf(sent);
  if (typeof body === 'string') return body;
  const saved = body.data?.saveToMyList;
  if (saved === undefined || saved === null) return codeOf(body);
  return saved.userErrors[0]?.code;
}

/** The answer, or what came in its place. */
function bodyOf({ delivery }: Sent): WriteBody | string {
  if (delivery.kind !== 'answered') return delivery.kind;
  try {
    return JSON.parse(delivery.body) as WriteBody;
  } catch {
    return `HTTP ${delivery.status}`;
  }
}

function codeOf(body: WriteBody): string {
  return body.errors?.[0]?.extensions?.code ?? 'NO_CODE';
}
