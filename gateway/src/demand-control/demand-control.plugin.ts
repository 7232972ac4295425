/**
 * Demand control: estimates what an operation costs before it runs, holds it to the limit of one operation and to the
 * budget of its client, and counts what the answer really cost. The numbers go to the metrics and the log, and
 * with the answer to whoever asks for them and may see them.
 */
import type { GraphQLRequestContextWillSendResponse } from '@apollo/server';
import { type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import { type GraphQLSchema, type OperationDefinitionNode, valueFromASTUntyped } from 'graphql';
import { asGraphQLError } from '../errors/http-errors.ts';
import { supergraphDocument } from '../executor/supergraph/supergraph-document.ts';
import type { GatewayPlugin } from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { actualCost } from './actual-cost.ts';
import type { Variables } from './argument-cost.ts';
import { type CostModel, costModel } from './cost-model.ts';
import type { DemandControlOptions } from './demand-control-options.ts';
import { type CostedOperation, estimatedCost } from './estimated-cost.ts';

/** Any value asks for `extensions.cost`. */
export const COST_HEADER = 'marquee-cost';

export interface DemandControlDependencies {
  readonly options: DemandControlOptions;
  /** Who may see costs and limits. */
  maySee(context: GatewayContext): boolean;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

export interface Cost {
  readonly estimated: number;
  readonly actual?: number;
  readonly max: number;
}

export function demandControlPlugin(dependencies: DemandControlDependencies): GatewayPlugin {
  const { options, maySee, metrics } = dependencies;
  const models = new WeakMap<GraphQLSchema, CostModel>();
  let answered = 0;
  const isSampled = () => options.actualEvery > 0 && answered++ % options.actualEvery === 0;

  /** @throws MarqueeError COST_ESTIMATED_TOO_EXPENSIVE; what the budget of a client throws. */
  async function admit(estimated: number, context: GatewayContext): Promise<void> {
    const tooExpensive = estimated > options.max;
    const outcome = tooExpensive ? 'COST_ESTIMATED_TOO_EXPENSIVE' : 'COST_OK';
    metrics?.observe('marquee_operation_cost_estimated', estimated, { outcome });
    if (options.mode === 'enforce' && tooExpensive) {
      throw new MarqueeError(
        'COST_ESTIMATED_TOO_EXPENSIVE',
        maySee(context)
          ? `The operation is estimated to cost ${estimated}; ${options.max} is the most.`
          : 'The operation is too expensive; ask for fewer fields or smaller pages.',
      );
    }
    // What a client has bought holds in either mode.
    await context.charge?.(estimated);
  }

  /** Each event is fetched as the whole operation is. The first is what was paid for when it began. */
  function payPerEvent(estimated: number, { events, chargeEvent }: GatewayContext): void {
    if (chargeEvent !== undefined) events?.admitEachBy(() => chargeEvent(estimated));
  }

  function asksForCost({ request, contextValue }: Answered): boolean {
    return request.http?.headers.get(COST_HEADER) !== undefined && maySee(contextValue);
  }

  function tell(context: Answered, cost: Cost): void {
    const { response, contextValue, operationName } = context;
    const { logger } = dependencies;
    const { requestId } = contextValue.request;
    logger.debug({ requestId, operation: operationName ?? undefined, ...cost }, 'cost');
    if (response.body.kind !== 'single') return;
    const { singleResult } = response.body;
    const refused = singleResult.errors?.some(({ extensions }) => extensions?.code === REFUSED) ?? false;
    if (!asksForCost(context) && !(refused && maySee(contextValue))) return;
    singleResult.extensions = { ...singleResult.extensions, cost };
  }

  return {
    schemaAhead({ apiSchema, supergraphSdl }) {
      if (models.has(apiSchema)) return;
      models.set(apiSchema, costModel(supergraphDocument(supergraphSdl)));
    },
    requestDidStart: ({ contextValue, schema }) => {
      const model = models.get(schema);
      if (contextValue.planOnly || model === undefined) return undefined;
      let asked: CostedOperation | undefined;
      let estimated: number | undefined;
      return {
        didResolveOperation: async ({ document, operation, request }) => {
          const rootType = operation && schema.getRootType(operation.operation)?.name;
          if (operation === undefined || rootType === undefined) return;
          const variables = withDefaults(operation, request.variables ?? {});
          asked = { document, operation, rootType, variables };
          try {
            // Measuring refuses nothing, and lets nobody go without paying either.
            estimated = estimatedCost(model, asked, {
              ...options,
              requiresSlices: options.mode === 'enforce',
            });
            if (contextValue.observed !== undefined) contextValue.observed.cost = estimated;
            await admit(estimated, contextValue);
          } catch (error) {
            throw error instanceof MarqueeError ? asGraphQLError(error) : error;
          }
          if (operation.operation === 'subscription') payPerEvent(estimated, contextValue);
        },
        willSendResponse: (context) => {
          if (estimated === undefined || asked === undefined) return;
          const { body } = context.response;
          const isCounted = asksForCost(context) || isSampled();
          const actual =
            isCounted && body.kind === 'single'
              ? actualCost(model, asked, body.singleResult.data as Record<string, unknown> | null)
              : undefined;
          if (actual !== undefined) metrics?.observe('marquee_operation_cost_actual', actual);
          tell(context, { estimated, max: options.max, ...(actual === undefined ? {} : { actual }) });
        },
      };
    },
  };
}

type Answered = GraphQLRequestContextWillSendResponse<GatewayContext>;

const REFUSED = 'COST_ESTIMATED_TOO_EXPENSIVE';

/** Variables are checked when the operation runs; here what they are not yet known to be costs nothing. */
function withDefaults({ variableDefinitions }: OperationDefinitionNode, given: Variables): Variables {
  const defaults = (variableDefinitions ?? []).flatMap(({ variable, defaultValue }): [string, unknown][] =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
  );
  return { ...Object.fromEntries(defaults), ...given };
}
