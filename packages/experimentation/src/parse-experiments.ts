/**
 * Reads an experiment configuration. Shapes first, then the rules that span several entries; all errors are
 * reported together, each with its path, because people fix a file in one go.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type ConfigurationIssue, configurationIssues } from './configuration-rules.ts';
import { configurationSchema, type ExperimentsConfiguration } from './configuration-schema.ts';
import { BUCKETS, type ExperimentsSnapshot } from './snapshot.ts';

/**
 * @param json the parsed configuration file.
 * @param source what to call it in errors.
 * @throws MarqueeError CONFIG_INVALID listing every error as `path: what is wrong`.
 */
export function parseExperiments(json: unknown, source = 'experiments'): ExperimentsSnapshot {
  const parsed = configurationSchema.safeParse(json);
  if (!parsed.success) throw invalid(source, parsed.error.issues);
  const issues = configurationIssues(parsed.data);
  if (issues.length > 0) throw invalid(source, issues);
  return toSnapshot(parsed.data);
}

function invalid(source: string, issues: readonly ConfigurationIssue[]): MarqueeError {
  const lines = issues.map((issue) => `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}`);
  return new MarqueeError('CONFIG_INVALID', `${source} are not valid: ${lines.join('; ')}`);
}

function toSnapshot(configuration: ExperimentsConfiguration): ExperimentsSnapshot {
  return {
    holdouts: configuration.holdouts.map(({ share, salt, layers, ...holdout }) => ({
      ...holdout,
      // Prefixed, so that a holdout and a layer of the same name draw independently.
      salt: salt ?? `holdout:${holdout.key}`,
      buckets: Math.round(share * BUCKETS),
      ...(layers === undefined ? {} : { layerKeys: layers }),
    })),
    layers: configuration.layers.map(({ salt, ...layer }) => ({
      ...layer,
      salt: salt ?? `layer:${layer.key}`,
    })),
    experiments: configuration.experiments.map(
      ({ layer, salt, startsAt, endsAt, segments, ...experiment }) => ({
        ...experiment,
        layerKey: layer,
        salt: salt ?? `experiment:${experiment.key}`,
        startsAt: Date.parse(startsAt),
        ...(endsAt === undefined ? {} : { endsAt: Date.parse(endsAt) }),
        ...(segments === undefined ? {} : { segments }),
      }),
    ),
  };
}
