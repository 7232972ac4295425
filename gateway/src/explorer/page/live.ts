/**
 * A subscription that stays: read from server-sent events, and begun again when it breaks, sooner or later after more and
 * more time. What happened in between nobody tells, so whoever listens is told when it has begun again.
 */
export type LiveState = 'connecting' | 'live' | 'broken' | 'refused';

export interface Listener {
  onEvent(data: unknown): void;
  /** @param again it was live before. */
  onState(state: LiveState, again: boolean): void;
}

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;
/** The gateway sends a heartbeat every 8 s. */
const SILENT_AFTER_MS = 30_000;
/** Whoever is told these need not ask again. */
const FINAL: ReadonlySet<string> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_REQUEST',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
]);

/** @param request begins the subscription; called again for every try. @returns what ends it. */
export function follow(request: (signal: AbortSignal) => Promise<Response>, listener: Listener): () => void {
  const over = new AbortController();
  void keepFollowing(request, listener, over.signal);
  return () => over.abort();
}

async function keepFollowing(
  request: (signal: AbortSignal) => Promise<Response>,
  listener: Listener,
  over: AbortSignal,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  let wasLive = false;
  while (!over.aborted) {
    listener.onState('connecting', wasLive);
    const isFinal = await once(
      request,
      {
        onEvent: listener.onEvent,
        onLive() {
          waitMs = FIRST_WAIT_MS;
          listener.onState('live', wasLive);
          wasLive = true;
        },
      },
      over,
    );
    if (over.aborted) return;
    listener.onState(isFinal ? 'refused' : 'broken', wasLive);
    if (isFinal) return;
    // Not all pages of the world at the same moment.
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random() / 2)));
    waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  }
}

/** @returns whether there is no point in trying again. */
async function once(
  request: (signal: AbortSignal) => Promise<Response>,
  { onEvent, onLive }: { onEvent(data: unknown): void; onLive(): void },
  over: AbortSignal,
): Promise<boolean> {
  const own = new AbortController();
  const end = (): void => own.abort();
  over.addEventListener('abort', end, { once: true });
  let silence = setTimeout(end, SILENT_AFTER_MS);
  try {
    const response = await request(own.signal);
    if (!response.ok || response.body === null)
      return response.status >= 400 && response.status < 500 && response.status !== 429;
    let isLive = false;
    for await (const { name, data } of eventsOf(response.body)) {
      clearTimeout(silence);
      silence = setTimeout(end, SILENT_AFTER_MS);
      if (name === 'complete') return false;
      const answer =
        data === ''
          ? undefined
          : (JSON.parse(data) as { data?: unknown; errors?: readonly { extensions?: { code?: string } }[] });
      const code = answer?.errors?.[0]?.extensions?.code;
      if (code !== undefined) return FINAL.has(code);
      if (!isLive) onLive();
      isLive = true;
      if (answer !== undefined) onEvent(answer.data);
    }
    return false;
  } catch {
    return false;
  } finally {
    clearTimeout(silence);
    over.removeEventListener('abort', end);
    own.abort();
  }
}

/** Comments, which are heartbeats and the beginning, are events without data. */
async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ name: string; data: string }, void, void> {
  const reader = body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>;
  let text = '';
  for await (const piece of reader) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fieldOf = (field: string) =>
        lines
          .find((line) => line.startsWith(`${field}:`))
          ?.slice(field.length + 1)
          .trim() ?? '';
      yield { name: fieldOf('event'), data: fieldOf('data') };
    }
  }
}
