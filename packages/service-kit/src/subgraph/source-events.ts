/** Answers to the events of a source, each with the id that the source gave it. */
import type { ExecutionResult } from 'graphql';
import type { SubgraphEvents } from './index.ts';

/**
 * Where the source of a subscription keeps its ids: as a property of each of its payloads, and of itself for the time
 * before the first. A source that has them tells whoever comes back with one what was missed.
 */
export const EVENT_ID: unique symbol = Symbol('event id');

export function answersToEvents(
  source: AsyncIterable<unknown>,
  answer: (payload: unknown) => Promise<ExecutionResult>,
): SubgraphEvents {
  const events = source[Symbol.asyncIterator]();
  return {
    ...withId(source),
    async next() {
      const { done, value } = await events.next();
      return done
        ? { done: true, value: undefined }
        : { done: false, value: { ...(await answer(value)), ...withId(value) } };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
  };
}

function withId(holder: unknown): { eventId?: string } {
  const id = (holder as { readonly [EVENT_ID]?: unknown } | null | undefined)?.[EVENT_ID];
  return typeof id === 'string' ? { eventId: id } : {};
}
