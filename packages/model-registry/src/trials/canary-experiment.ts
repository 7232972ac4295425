/**
 * A canary is an experiment like any other: who is served by it is a pure function of the profile and the version, holdouts stay out, and
 * assignments travel with slates and events. It is not configured by anybody; it is there while the registry has a canary.
 */
import { BUCKETS, type ExperimentsSnapshot, type ExperimentsSource } from '@marquee/experimentation';
import type { Canary } from './trials.ts';

const LAYER = 'ranking-model';
const MAX_KEY = 64;
export const CANARY_ARM = 'canary';
export const CONTROL_ARM = 'control';

/** `canary-` and the version, as experiments are named. */
export function canaryKey(version: string): string {
  const name = version.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `canary-${name}`.slice(0, MAX_KEY).replace(/-$/, '');
}

/** Whether these assignments are those of somebody who is served by the version. */
export function isCanaryFor(assignments: Readonly<Record<string, string>>, version: string): boolean {
  return assignments[canaryKey(version)] === CANARY_ARM;
}

/** @param canary asked at every assignment; undefined while there is none */
export function withCanary(source: ExperimentsSource, canary: () => Canary | undefined): ExperimentsSource {
  let made: { base: ExperimentsSnapshot; canary: Canary; with: ExperimentsSnapshot } | undefined;
  return {
    current() {
      const base = source.current();
      const tried = canary();
      if (tried === undefined) return base;
      if (made?.base !== base || made.canary !== tried) {
        made = { base, canary: tried, with: addCanary(base, tried) };
      }
      return made.with;
    },
  };
}

function addCanary(base: ExperimentsSnapshot, { version, share, since }: Canary): ExperimentsSnapshot {
  const key = canaryKey(version);
  // Salted by the version: it is not always the same people who get what is new.
  const salt = `${LAYER}:${version}`;
  const arm = (name: string, weight: number) => ({ key: name, description: '', weight, parameters: {} });
  return {
    ...base,
    layers: [...base.layers, { key: LAYER, description: 'which version of the ranker serves', salt }],
    experiments: [
      ...base.experiments,
      {
        key,
        description: `${version} as canary`,
        owner: 'model-promoter',
        layerKey: LAYER,
        status: 'RUNNING',
        buckets: { from: 0, to: BUCKETS },
        salt,
        startsAt: since,
        variants: [arm(CONTROL_ARM, 1 - share), arm(CANARY_ARM, share)],
      },
    ],
  };
}
