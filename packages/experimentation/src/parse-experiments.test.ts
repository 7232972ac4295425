import { writeFile } from 'node:fs/promises';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileExperiments } from './experiments-source.ts';
import { parseExperiments } from './parse-experiments.ts';

const variant = (key: string, parameters: Record<string, unknown> = { mmrLambda: 0.5 }) => ({
  key,
  weight: 1,
  parameters,
});
const experiment = (fields: Record<string, unknown> = {}) => ({
  key: 'diversity',
  owner: 'recommendation',
  layer: 'ranking',
  status: 'RUNNING',
  buckets: { from: 0, to: 5_000 },
  startsAt: '2026-01-01T00:00:00Z',
  variants: [variant('control'), variant('treated')],
  ...fields,
});
const configuration = (fields: Record<string, unknown> = {}) => ({
  layers: [{ key: 'ranking' }, { key: 'artwork' }],
  experiments: [experiment()],
  ...fields,
});

function refusal(json: unknown): string {
  try {
    parseExperiments(json);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('experiment configuration', () => {
  it('becomes a snapshot with instants, buckets and salts of its own for everything', () => {
    const snapshot = parseExperiments(
      configuration({ holdouts: [{ key: 'ranking', share: 0.05, layers: ['ranking'] }] }),
    );
    expect(snapshot.holdouts[0]).toMatchObject({
      salt: 'holdout:ranking',
      buckets: 500,
      layerKeys: ['ranking'],
    });
    expect(snapshot.layers[0]).toMatchObject({ salt: 'layer:ranking' });
    expect(snapshot.experiments[0]).toMatchObject({
      salt: 'experiment:diversity',
      layerKey: 'ranking',
      startsAt: Date.UTC(2026, 0, 1),
    });
    expect(snapshot.experiments[0]).not.toHaveProperty('endsAt');
  });

  it('may be empty', () => {
    expect(parseExperiments({ layers: [], experiments: [] })).toEqual({
      holdouts: [],
      layers: [],
      experiments: [],
    });
  });

  it('reports all errors of shape at once, each with its path', () => {
    const message = refusal({
      layers: [{ key: 'Not Kebab' }],
      holdouts: [{ key: 'global', share: 0.9 }],
      experiments: [
        experiment({ status: 'MAYBE', buckets: { from: -1, to: 10_001 }, endAt: '2027-01-01T00:00:00Z' }),
        experiment({ startsAt: 'yesterday', variants: [variant('only')] }),
        experiment({
          variants: [
            variant('a'),
            { ...variant('b'), weight: 0, parameters: { __proto: null, 'not camel': 1 } },
          ],
        }),
      ],
    });
    for (const path of [
      'layers.0.key: must be kebab-case',
      'holdouts.0.share:',
      'experiments.0.status:',
      'experiments.0.buckets.from:',
      'experiments.0.buckets.to:',
      'experiments.0: Unrecognized key: "endAt"',
      'experiments.1.startsAt:',
      'experiments.1.variants:',
      'experiments.2.variants.1.weight:',
      'experiments.2.variants.1.parameters.not camel:',
    ]) {
      expect(message).toContain(path);
    }
  });

  it('reports all contradictions at once, each with its path', () => {
    const message = refusal({
      layers: [{ key: 'ranking', salt: 'same' }, { key: 'artwork', salt: 'same' }, { key: 'artwork' }],
      holdouts: [{ key: 'global', share: 0.1, layers: ['nowhere'] }],
      experiments: [
        experiment({ endsAt: '2025-01-01T00:00:00Z' }),
        experiment({ buckets: { from: 4_999, to: 6_000 } }),
        experiment({ key: 'lost', layer: 'nowhere', buckets: { from: 5, to: 5 } }),
        experiment({
          key: 'posters',
          layer: 'artwork',
          variants: [variant('a'), variant('a', { mmrLambda: 'high' })],
        }),
      ],
    });
    for (const line of [
      'layers.1.salt: "same" is used twice',
      'layers.2.key: "artwork" is used twice',
      'holdouts.0.layers.0: there is no layer "nowhere"',
      'experiments.0.endsAt: must be after startsAt',
      'experiments.1.key: "diversity" is used twice',
      'experiments.1.buckets: overlap with those of "diversity"',
      'experiments.2.layer: there is no layer "nowhere"',
      'experiments.2.buckets: from must be below to',
      'experiments.3.variants.1.key: "a" is used twice',
      'experiments.3.variants.1.parameters: every variant must set the same parameters with the same types',
      'experiments.3.variants.0.parameters.mmrLambda: is already a parameter of layer "ranking"',
    ]) {
      expect(message).toContain(line);
    }
  });

  it('lets experiments touch, overlap across layers, and take over what a concluded one has left', () => {
    const experiments = [
      experiment({ status: 'CONCLUDED', key: 'old' }),
      experiment(),
      experiment({ key: 'next', buckets: { from: 5_000, to: 10_000 } }),
      experiment({ key: 'posters', layer: 'artwork', variants: [variant('a', {}), variant('b', {})] }),
    ];
    expect(parseExperiments(configuration({ experiments })).experiments).toHaveLength(4);
    const paused = [experiment({ status: 'PAUSED', key: 'old' }), experiment()];
    expect(refusal(configuration({ experiments: paused }))).toContain('overlap with those of "old"');
  });

  it.each([[null], [[]], ['{}'], [42]])('refuses %j as a whole', (json) => {
    expect(refusal(json)).toContain('(root): ');
  });
});

describe('experiment file', () => {
  it('is read whole, or refused by name', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('experiments.json');
    const naming = { code: 'CONFIG_INVALID', message: expect.stringContaining(file) };
    expect(() => fileExperiments(file)).toThrow(expect.objectContaining(naming));
    await writeFile(file, '{"layers": [');
    expect(() => fileExperiments(file)).toThrow(expect.objectContaining(naming));
    await writeFile(file, '{"layers": []}');
    expect(() => fileExperiments(file)).toThrow(expect.objectContaining(naming));
    await writeFile(file, JSON.stringify(configuration()));
    expect(fileExperiments(file).current().experiments[0]!.key).toBe('diversity');
  });
});
