/** Names the field in errors about variables, as errors of our own about input do. */
import type { ApolloServerPlugin } from '@apollo/server';
import { isVariableError, variableFields } from '../errors/variable-fields.ts';
import type { GatewayContext } from '../request-context.ts';

export function variableFieldsPlugin(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response, errors, schema, operation, request }) => {
        if (errors === undefined || operation === undefined || !errors.some(isVariableError)) return;
        if (response.body.kind !== 'single') return;
        const fields = variableFields(schema, operation, request.variables ?? {}).values();
        response.body.singleResult.errors = response.body.singleResult.errors?.map((sent, index) => {
          if (!isVariableError(errors[index])) return sent;
          const field = fields.next().value;
          return field === undefined ? sent : { ...sent, extensions: { ...sent.extensions, field } };
        });
      },
    }),
  };
}
