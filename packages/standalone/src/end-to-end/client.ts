/** What a client app does with Marquee, in the shipped operations. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface HomePage {
  readonly slateId: string;
  readonly degradations: readonly { readonly code: string; readonly step: string }[];
  readonly rows: { readonly nodes: readonly HomeRow[] };
}

export interface HomeRow {
  readonly id: string;
  readonly kind: string;
  readonly headline: string;
  readonly items: { readonly nodes: readonly HomeItem[] };
}

export interface HomeItem {
  readonly trackingToken: string;
  /** Null: the title's own. */
  readonly artwork: { readonly id: string; readonly url: string } | null;
  readonly reason: { readonly text: string; readonly titles: readonly { id: string }[] } | null;
  readonly title: {
    readonly id: string;
    readonly name: string;
    readonly releaseYear: number | null;
    readonly directors: readonly { readonly id: string }[];
    readonly viewer: { readonly reaction: string; readonly progress: { readonly positionSeconds: number } };
  };
}

export interface Recorded {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly eventId: string; readonly code: string; readonly message: string }[];
}

type UserErrors = readonly {
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
}[];

const DOCUMENTS = new URL('../../../../schema/trusted-documents/', import.meta.url);

export function rowsOf(page: HomePage, kind: string): readonly HomeRow[] {
  return page.rows.nodes.filter((row) => row.kind === kind);
}

/** In page order. */
export function allTitles(page: HomePage): string[] {
  return page.rows.nodes.flatMap((row) => row.items.nodes.map((item) => item.title.id));
}

export function createClient(url: string, profileId?: string) {
  async function operation<T>(name: string, variables: Record<string, unknown> = {}): Promise<T> {
    return ask(name, await readFile(new URL(`${name}.graphql`, DOCUMENTS), 'utf8'), variables);
  }

  /** An operation that is not among the shipped ones. */
  async function ask<T>(name: string, query: string, variables: Record<string, unknown>): Promise<T> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(profileId === undefined ? {} : { 'x-profile-id': profileId }),
      },
      body: JSON.stringify({ query, operationName: name, variables }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json()) as { data?: T; errors?: unknown };
    if (answer.errors !== undefined || answer.data === undefined) {
      throw new Error(`${name}: ${JSON.stringify(answer.errors ?? answer)}`);
    }
    return answer.data;
  }

  /** Events of a subscription over server-sent events, as they come; ends when the server completes it or `signal` aborts. */
  async function* subscribe<T>(
    name: string,
    variables: Record<string, unknown>,
    signal: AbortSignal,
  ): AsyncGenerator<{ data?: T; errors?: unknown }> {
    const query = await readFile(new URL(`${name}.graphql`, DOCUMENTS), 'utf8');
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...(profileId === undefined ? {} : { 'x-profile-id': profileId }),
      },
      body: JSON.stringify({ query, operationName: name, variables }),
      signal,
    });
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const [, data] = /^data: ?(.+)$/m.exec(event) ?? [];
        if (/^event: ?next$/m.test(event) && data !== undefined) yield JSON.parse(data);
      }
    }
  }

  return {
    operation,
    ask,
    subscribe,
    home: async (variables?: Record<string, unknown>): Promise<HomePage> =>
      (await operation<{ home: HomePage }>('HomeRows', variables)).home,
    hide: async (titleId: string): Promise<UserErrors> =>
      (await operation<{ hideTitle: { userErrors: UserErrors } }>('HideTitle', { input: { titleId } }))
        .hideTitle.userErrors,
    react: async (titleId: string, reaction: string): Promise<UserErrors> =>
      (
        await operation<{ setReaction: { userErrors: UserErrors } }>('SetReaction', {
          input: { titleId, reaction },
        })
      ).setReaction.userErrors,
    record: async (events: readonly Record<string, unknown>[]): Promise<Recorded> =>
      (
        await operation<{ recordEvents: Recorded }>('RecordEvents', {
          input: {
            events: events.map((event) => ({
              eventId: randomUUID(),
              occurredAt: new Date().toISOString(),
              ...event,
            })),
          },
        })
      ).recordEvents,
  };
}
