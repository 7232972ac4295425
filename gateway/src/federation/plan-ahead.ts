/**
 * Plans the documents that clients are known to send before any client sends one. Planning holds the event loop,
 * for some 50 ms the first time in a process, and everybody who is being served would wait for it.
 */
import type { ApolloServer } from '@apollo/server';
import { deadlineAfter, type Logger } from '@marquee/service-kit';
import { Kind, parse } from 'graphql';
import type { GatewayPlugin } from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { placeholderVariables } from './placeholder-variables.ts';

/** Far more than planning takes. */
const DEADLINE_MS = 60_000;

/**
 * Goes the way a request goes, but calls no subgraph. A document that cannot be planned costs a line in the log:
 * whoever sends it will be told what is wrong with it.
 * @param apollo started, with `planAheadPlugin`. @param level of that line.
 */
export async function planAhead(
  apollo: ApolloServer<GatewayContext>,
  documents: readonly string[],
  logger: Logger,
  level: 'warn' | 'debug' = 'warn',
): Promise<void> {
  const startedAt = performance.now();
  const contextValue: GatewayContext = {
    request: { requestId: 'plan-ahead', deadline: deadlineAfter(DEADLINE_MS) },
    planOnly: true,
  };
  for (const query of documents) {
    try {
      for (const operationName of waysToName(query)) {
        const { body } = await apollo.executeOperation({ query, operationName }, { contextValue });
        const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
        if (errors !== undefined) throw new Error(errors[0]?.message);
      }
    } catch (error) {
      logger[level]({ err: error, document: query.slice(0, 200) }, 'document not planned ahead');
    }
  }
  const durationMs = Math.round(performance.now() - startedAt);
  logger.debug({ documents: documents.length, durationMs }, 'planned ahead');
}

/** Plans are kept by text and operation name, and one operation may be sent with or without its name. */
function waysToName(query: string): (string | undefined)[] {
  const names = parse(query, { noLocation: true }).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value] : [],
  );
  return names.length === 1 ? [...new Set([...names, undefined])] : names;
}

/** Gives operations that are only planned values for their variables, without which the gateway refuses them. */
export function planAheadPlugin(): GatewayPlugin {
  return {
    requestDidStart: ({ contextValue }) => {
      if (!contextValue.planOnly) return undefined;
      return {
        didResolveOperation: ({ request, operation, schema }) => {
          if (operation !== undefined) request.variables = placeholderVariables(schema, operation);
        },
      };
    },
  };
}
