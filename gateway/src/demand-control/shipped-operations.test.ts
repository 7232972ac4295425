/** What the platform's own clients send fits into what an operation may cost by default. */
import { readdirSync, readFileSync } from 'node:fs';
import { type OperationDefinitionNode, parse, valueFromASTUntyped } from 'graphql';
import { expect, it } from 'vitest';
import { costModel } from './cost-model.ts';
import { demandControlSchema } from './demand-control-options.ts';
import { estimatedCost } from './estimated-cost.ts';

const SCHEMA = new URL('../../../schema/', import.meta.url);
const DOCUMENTS = new URL('trusted-documents/', SCHEMA);
const model = costModel(parse(readFileSync(new URL('supergraph.graphql', SCHEMA), 'utf8')));
const options = demandControlSchema.parse({});

it.each(readdirSync(DOCUMENTS))('%s may run', (file) => {
  const document = parse(readFileSync(new URL(file, DOCUMENTS), 'utf8'));
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === 'OperationDefinition',
  )!;
  const variables = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }): [string, unknown][] =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );
  const rootType = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[
    operation.operation
  ];
  const cost = estimatedCost(model, { document, operation, rootType, variables }, options);
  expect(cost).toBeGreaterThan(0);
  expect(cost).toBeLessThan(options.max);
});
