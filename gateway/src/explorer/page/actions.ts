/** What somebody can do to a title. Each is a real mutation or event; each says whether the home must be loaded again. */
import type { Operations } from './graphql.ts';
import type { Item } from './home.ts';

const PLAY_SECONDS = 600;

export interface Action {
  /** In the past tense, for the message afterwards. */
  readonly done: string;
  /** Error messages; empty when it worked. */
  run(): Promise<readonly string[]>;
  /** What takes it back, where something does. */
  readonly undo?: Action;
}

export class Actions {
  readonly #operations: Operations;

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  play(item: Item): Action {
    return {
      done: `Played 10 minutes of ${item.title.name}`,
      run: () => this.#record(item),
    };
  }

  toggleLike(item: Item): Action {
    const liked = item.title.viewer?.reaction === 'LIKE';
    return this.#react(item, liked ? 'NONE' : 'LIKE', liked ? 'No longer liked: ' : 'Liked ');
  }

  toggleList(item: Item): Action {
    const listed = item.title.viewer?.inMyList === true;
    return this.#simple(
      listed ? 'RemoveFromMyList' : 'SaveToMyList',
      item,
      listed ? `Took ${item.title.name} off the list` : `Added ${item.title.name} to the list`,
    );
  }

  hide(item: Item): Action {
    return {
      ...this.#simple('HideTitle', item, `Hid ${item.title.name}`),
      undo: this.#simple('UnhideTitle', item, `Brought back ${item.title.name}`),
    };
  }

  #react(item: Item, reaction: string, words: string): Action {
    const input = { titleId: item.title.id, reaction };
    return { done: words + item.title.name, run: () => this.#mutate('SetReaction', input) };
  }

  #simple(operation: string, item: Item, done: string): Action {
    return { done, run: () => this.#mutate(operation, { titleId: item.title.id }) };
  }

  async #mutate(operation: string, input: Record<string, unknown>): Promise<readonly string[]> {
    type Payload = Record<string, { readonly userErrors?: readonly { readonly message: string }[] } | null>;
    const { data, errors } = await this.#operations.run<Payload>(operation, { input });
    const refusals = Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? []);
    return [...errors, ...refusals].map((error) => error.message);
  }

  async #record(item: Item): Promise<readonly string[]> {
    const now = Date.now();
    const from = item.title.viewer?.progress?.positionSeconds ?? 0;
    const event = (type: string, secondsAgo: number, watchedSeconds: number) => ({
      eventId: crypto.randomUUID(),
      type,
      occurredAt: new Date(now - secondsAgo * 1000).toISOString(),
      titleId: item.title.id,
      trackingToken: item.trackingToken,
      artworkId: item.artwork?.id,
      watchedSeconds,
      positionSeconds: from + watchedSeconds,
    });
    const events = [event('PLAY_START', PLAY_SECONDS, 0), event('PLAY_STOP', 0, PLAY_SECONDS)];
    type Payload = { readonly recordEvents: { readonly rejected: readonly { readonly message: string }[] } };
    const { data, errors } = await this.#operations.run<Payload>('RecordEvents', { input: { events } });
    return [...errors, ...(data?.recordEvents?.rejected ?? [])].map((error) => error.message);
  }
}
