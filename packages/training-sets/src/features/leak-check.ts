/**
 * Whether the future matters. The log is cut at a few places; what was decided before a cut is made again from what is left, and has to be the
 * same to the bit. A feature that knows of anything later, by whatever way, is another one then. Whether logged features
 * are those of their instant is what the parity check asks.
 */
import { RANKING_COLUMNS } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import type { Decision, Example } from '../example.ts';
import { type ExampleFeaturesOptions, exampleFeatures } from './example-features.ts';

export interface LeakCheck {
  readonly cuts: number;
  /** Examples that were made a second time. */
  readonly compared: number;
}

export interface Leak {
  readonly exampleId: string;
  readonly columns: readonly string[];
}

/** Leaks named in a message at most. */
const NAMED = 3;

/** @throws MarqueeError DATA_CORRUPT naming examples and columns that know the future */
export async function checkLeaks(
  examples: readonly Example[],
  decisions: readonly Decision[],
  cuts: number,
  options: ExampleFeaturesOptions,
): Promise<LeakCheck> {
  const replayed = examples
    .filter(({ origin }) => origin === 'replay')
    .sort((a, b) => a.featuresPlace - b.featuresPlace);
  let compared = 0;
  const leaks: Leak[] = [];
  if (replayed.length === 0) return { cuts: 0, compared };
  for (let i = 1; i <= cuts; i++) {
    // Just after an example: it is the one that knows most of what it must not.
    const before = replayed[Math.ceil((replayed.length * i) / (cuts + 1)) - 1]!.featuresPlace + 1;
    const again = await exampleFeatures(decisions, options, before);
    const byId = new Map(again.examples.map((example) => [example.id, example.features]));
    for (const { id, features, featuresPlace } of replayed) {
      if (featuresPlace >= before) break;
      compared++;
      const other = byId.get(id);
      const columns = RANKING_COLUMNS.filter(
        (_, c) => other === undefined || !Object.is(features[c], other[c]),
      );
      if (columns.length > 0) leaks.push({ exampleId: id, columns });
    }
  }
  if (leaks.length > 0) {
    const columns = [...new Set(leaks.flatMap((leak) => leak.columns))];
    const named = leaks.slice(0, NAMED).map(({ exampleId }) => exampleId);
    throw new MarqueeError(
      'DATA_CORRUPT',
      `${leaks.length} of ${compared} examples know what came after their decision, e.g. ${named.join(', ')}; columns: ${columns.join(', ')}`,
    );
  }
  return { cuts, compared };
}
