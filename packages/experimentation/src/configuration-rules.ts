/** What a well-shaped configuration must still keep to, across its entries. */
import type { ExperimentsConfiguration } from './configuration-schema.ts';

export interface ConfigurationIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type ExperimentEntry = ExperimentsConfiguration['experiments'][number];

export function configurationIssues(configuration: ExperimentsConfiguration): ConfigurationIssue[] {
  const { holdouts, layers, experiments } = configuration;
  return [
    ...repeatedKeys(['holdouts'], holdouts),
    ...repeatedKeys(['layers'], layers),
    ...repeatedSalts(configuration),
    ...repeatedKeys(['experiments'], experiments),
    ...unknownLayers(configuration),
    ...experiments.flatMap(experimentIssues),
    ...overlaps(experiments),
    ...sharedParameters(experiments),
  ];
}

function repeatedKeys(
  path: readonly PropertyKey[],
  entries: readonly { key: string }[],
): ConfigurationIssue[] {
  return entries.flatMap((entry, index) =>
    entries.findIndex((other) => other.key === entry.key) < index
      ? [{ path: [...path, index, 'key'], message: `"${entry.key}" is used twice` }]
      : [],
  );
}

/** Equal salts would make draws depend on each other that have to be independent. */
function repeatedSalts(configuration: ExperimentsConfiguration): ConfigurationIssue[] {
  const seen = new Set<string>();
  return (['holdouts', 'layers', 'experiments'] as const).flatMap((list) =>
    configuration[list].flatMap(({ salt }, index) => {
      if (salt === undefined) return [];
      if (seen.has(salt)) return [{ path: [list, index, 'salt'], message: `"${salt}" is used twice` }];
      seen.add(salt);
      return [];
    }),
  );
}

function unknownLayers({ holdouts, layers, experiments }: ExperimentsConfiguration): ConfigurationIssue[] {
  const known = new Set(layers.map((layer) => layer.key));
  const issue = (path: readonly PropertyKey[], layer: string): ConfigurationIssue[] =>
    known.has(layer) ? [] : [{ path, message: `there is no layer "${layer}"` }];
  return [
    ...holdouts.flatMap((holdout, index) =>
      (holdout.layers ?? []).flatMap((layer, at) => issue(['holdouts', index, 'layers', at], layer)),
    ),
    ...experiments.flatMap((experiment, index) => issue(['experiments', index, 'layer'], experiment.layer)),
  ];
}

function experimentIssues(experiment: ExperimentEntry, index: number): ConfigurationIssue[] {
  const path = ['experiments', index];
  const issues = repeatedKeys([...path, 'variants'], experiment.variants);
  if (experiment.buckets.from >= experiment.buckets.to) {
    issues.push({ path: [...path, 'buckets'], message: 'from must be below to' });
  }
  if (experiment.endsAt !== undefined && Date.parse(experiment.endsAt) <= Date.parse(experiment.startsAt)) {
    issues.push({ path: [...path, 'endsAt'], message: 'must be after startsAt' });
  }
  // Code that reads a parameter must find it, with its type, whichever variant was drawn.
  const expected = signature(experiment.variants[0]!.parameters);
  for (const [at, variant] of experiment.variants.entries()) {
    const actual = signature(variant.parameters);
    if (actual === expected) continue;
    issues.push({
      path: [...path, 'variants', at, 'parameters'],
      message: `every variant must set the same parameters with the same types: (${expected}), not (${actual})`,
    });
  }
  return issues;
}

function signature(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}: ${typeof value}`)
    .sort()
    .join(', ');
}

/** A concluded experiment has given its buckets back; all others keep theirs, whether they run or not. */
function overlaps(experiments: readonly ExperimentEntry[]): ConfigurationIssue[] {
  return experiments.flatMap((experiment, index) =>
    experiments.slice(0, index).flatMap((other) => {
      const apart =
        experiment.layer !== other.layer ||
        experiment.status === 'CONCLUDED' ||
        other.status === 'CONCLUDED' ||
        experiment.buckets.from >= other.buckets.to ||
        other.buckets.from >= experiment.buckets.to;
      if (apart) return [];
      return [{ path: ['experiments', index, 'buckets'], message: `overlap with those of "${other.key}"` }];
    }),
  );
}

/** Within a layer a profile is in one experiment at most; across layers nothing would decide between two values. */
function sharedParameters(experiments: readonly ExperimentEntry[]): ConfigurationIssue[] {
  const owners = new Map<string, string>();
  return experiments.flatMap((experiment, index) =>
    Object.keys(experiment.status === 'CONCLUDED' ? {} : experiment.variants[0]!.parameters).flatMap(
      (name) => {
        const owner = owners.get(name) ?? experiment.layer;
        owners.set(name, owner);
        if (owner === experiment.layer) return [];
        return [
          {
            path: ['experiments', index, 'variants', 0, 'parameters', name],
            message: `is already a parameter of layer "${owner}"`,
          },
        ];
      },
    ),
  );
}
