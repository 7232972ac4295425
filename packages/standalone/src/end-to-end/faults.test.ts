/**
 * The fault campaign in short: one gateway and one recommendation process killed, Redis away for a moment, all under load.
 * `npm run bench:faults` is the long one.
 */
import { join } from 'node:path';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CampaignResult, runCampaign } from '../../../../bench/faults/campaign.ts';
import { allFaults, chosenFaults } from '../../../../bench/faults/fault.ts';
import { type Row, rowsOf } from '../../../../bench/faults/rows.ts';
import { type LocalPlatform, startLocalPlatform } from '../distributed/local-platform.ts';
import { sampleSource } from '../world/sample-source.ts';

describeOnServer(['redis-server', 'nats-server', 'postgres'], 'a platform that is hurt under load', () => {
  const folder = temporaryFolder();
  const stopping = new AbortController();
  const printed: string[] = [];
  let platform: LocalPlatform;
  let result: CampaignResult;
  let rows: ReadonlyMap<string, Row>;

  beforeAll(async () => {
    platform = await startLocalPlatform({
      folder: join(folder.path, 'distributed'),
      source: sampleSource({ profiles: 40 }),
      copies: {
        gateway: 2,
        recommendation: 2,
        content: 1,
        'user-profile': 1,
        experiment: 1,
        'feature-materializer': 1,
        'profile-projector': 1,
        'catalogue-indexer': 0,
        'lake-writer': 1,
      },
      partitions: 4,
      mode: 'development',
      gatewayPort: 0,
      logLevel: 'warn',
      environment: {},
      progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
      onLine: (name, line) => void printed.push(`${name} ${line}`),
      onRestart: (name, how) => void printed.push(`${name} ended (${how})`),
      signal: stopping.signal,
    });
    result = await runCampaign({
      platform,
      faults: chosenFaults(allFaults(platform.specs), [
        'kill gateway-1',
        'kill recommendation-1',
        'stop redis',
      ]),
      perSecond: 5,
      mix: { writes: 0.3, documents: { full: 1, 'first-screen': 0 }, fresh: 0.5 },
      seed: 7,
      serverAwayMs: 3_000,
      processFrozenMs: 1_000,
      warmUpMs: 5_000,
      baselineMs: 3_000,
      progress: (line) => void printed.push(line),
      signal: stopping.signal,
    });
    rows = new Map(rowsOf(result).map((row) => [row.fault, row]));
  }, 180_000);
  afterAll(async () => {
    stopping.abort();
    await platform?.stop();
    await folder.remove();
  }, 60_000);

  const rowOf = (fault: string): Row => rows.get(fault)!;
  const why = (fault: string): string =>
    `${fault}: ${rowOf(fault).homes.examples.join('\n')}\n${printed.slice(-40).join('\n')}`;

  it.each(['kill gateway-1', 'kill recommendation-1'])(
    '%s costs no home request but those in flight in it',
    (fault) => {
      const { homes } = rowOf(fault);
      expect(homes.asked).toBeGreaterThan(5);
      expect(homes.failed, why(fault)).toBe(0);
    },
  );

  it('answers home requests with rows while Redis is away, says by which step, and makes full pages again after', () => {
    const { homes, firstFullPage } = rowOf('stop redis');
    expect(homes.failed, why('stop redis')).toBe(0);
    expect(homes.degraded).toBeGreaterThan(0);
    const steps = ['WITHOUT_SOURCE', 'CACHED_SLATE', 'POPULAR_IN_SEGMENT', 'STATIC_EDITORIAL'];
    for (const step of Object.keys(homes.steps)) expect(steps).toContain(step);
    expect(firstFullPage).toBeLessThan(10);
  });

  it('stays ready where fallbacks serve, and is well again without a restart', () => {
    const { unready } = rowOf('stop redis');
    expect(Object.keys(unready).filter((name) => /^(gateway|recommendation)/.test(name))).toEqual([]);
    expect(
      result.episodes.flatMap(({ unwell }) => unwell),
      printed.slice(-40).join('\n'),
    ).toEqual([]);
  });

  it('loses no acknowledged event, counts none twice, and shows all of them', () => {
    const { audit, load, drained } = result;
    const counts = audit.count(load.ledger.entries);
    expect(drained).toBe(true);
    expect(counts.acknowledged).toBeGreaterThan(10);
    expect(audit.examples).toEqual([]);
    expect(counts).toMatchObject({ lost: 0, countedTwice: 0, unreflected: 0 });
    expect(audit.unexpected).toBe(0);
    expect(result.lake).toMatchObject({ missing: 0, unexpected: 0 });
    expect(result.lake?.doubled).toBeLessThanOrEqual(result.lake!.repeated);
    expect(result.lake?.logged).toBeGreaterThan(10);
  });
});
