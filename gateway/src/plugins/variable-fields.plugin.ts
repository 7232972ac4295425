/** Names the field in errors about variables, as errors of our own about input do. */
import { isVariableError, variableFields } from '../errors/variable-fields.ts';
import type { GatewayPlugin } from './in-one.plugin.ts';

export function variableFieldsPlugin(): GatewayPlugin {
  return {
    requestDidStart: () => ({
      willSendResponse: ({ response, errors, schema, operation, request }) => {
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
