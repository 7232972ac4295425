/** A crash campaign's outcome: a row per worker, then what holds for all of it. */
import { percentile } from '../closed-loop.ts';
import type { CrashResult } from './campaign.ts';
import type { Counted } from './count.ts';

/** Of one processor; whoever waits for something to do takes a hundredth. */
const BUSY = 0.05;

export function crashTable({ series }: Pick<CrashResult, 'series'>): string {
  const head = [
    ...['worker', 'kills', 'while it started', 'while it worked', 'of them busy', 'ready again p50 / max s'],
    ...['accepted', 'in the lake', 'in the features', 'lost', 'doubled', 'verdict'],
  ];
  const rows = series.map(({ worker, kills, counted, verdict }) => {
    const back = kills.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs])).sort((a, b) => a - b);
    const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : (ms / 1_000).toFixed(1));
    return [
      ...[worker, kills.length, kills.filter(({ ready }) => !ready).length],
      ...[
        kills.filter(({ ready }) => ready).length,
        kills.filter(({ ready, busy }) => ready && busy >= BUSY).length,
        `${seconds(back.length === 0 ? undefined : percentile(back, 50))} / ${seconds(back.at(-1))}`,
      ],
      ...cells(counted),
      verdict,
    ];
  });
  const line = (one: readonly (string | number)[]): string => `| ${one.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cells(counted: Counted): readonly number[] {
  const { accepted, inLake, inFeatures, lost, doubledInLake, countedTwice } = counted;
  return [accepted, inLake, inFeatures, lost, doubledInLake + countedTwice];
}

export function crashSummary(result: CrashResult): string {
  const { all, unexpected, lake, features, left, drained, broken, examples } = result;
  return [
    `all of it: accepted ${all.accepted}, in the lake ${all.inLake}, in the features ${all.inFeatures}, lost ${all.lost}, unexpected ${unexpected}; drained: ${drained}`,
    `lake: ${lake.logged} events of the campaign's profiles in the log, missing ${lake.missing}, unexpected ${lake.unexpected}, doubled ${lake.doubled} (in the log itself ${lake.repeated})`,
    `features: ${features.values} stored values against a replay of the log, ${features.different.length} differ`,
    ...left.map(({ what, found }) => `${what}: ${found}`),
    ...(broken.length === 0 ? ['verdict: pass'] : ['verdict: fail', ...broken.map((one) => `  ${one}`)]),
    ...examples.map((one) => `  ${one}`),
  ].join('\n');
}
