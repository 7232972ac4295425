import { BUCKETS, type Experiment } from '@marquee/experimentation';
import type { Variant as GraphqlVariant } from '../../__generated__/resolvers-types.ts';

export function toShare({ buckets }: Experiment): number {
  return (buckets.to - buckets.from) / BUCKETS;
}

export function toDateTime(instant: number): string {
  return new Date(instant).toISOString();
}

export function toVariants(experiment: Experiment): GraphqlVariant[] {
  return experiment.variants.map(({ key, description, weight, parameters }) => ({
    key,
    description,
    weight,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value: JSON.stringify(value) })),
  }));
}
