/** Answers to events as the client may read them: with masked errors. */
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { AnsweredEvents } from '../executor/answered-events.ts';
import type { EventAnswers } from './event-stream.ts';

export function formattedEvents(
  answers: AnsweredEvents,
  format: (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[],
): EventAnswers {
  return {
    async next() {
      const { done, value } = await answers.next();
      if (done || value === undefined) return { done: true, value: undefined };
      const { data, errors } = value;
      return {
        done: false,
        value: {
          ...(data === undefined ? {} : { data }),
          ...(errors === undefined ? {} : { errors: format(errors) }),
        },
      };
    },
  };
}
