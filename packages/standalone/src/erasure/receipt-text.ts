/** A receipt for people. */
import { markdownTable } from '../evaluation/markdown-table.ts';
import type { ErasureReceipt } from './erasure-receipt.ts';

export function receiptText(receipt: ErasureReceipt): string {
  const { profileId, erasedAt, sequence, tombstone, places, trainingSets, models, complete } = receipt;
  const sets = trainingSets.map(({ version, rows }) => `  ${version}: ${rows} examples`);
  return [
    `${profileId}, erased at ${erasedAt}: event ${tombstone}, sequence ${sequence} of the log`,
    '',
    markdownTable(
      ['place', 'state', 'left', 'detail'],
      places.map(({ place, state, left, detail }) => [place, state, String(left), detail]),
    ),
    '',
    sets.length === 0
      ? 'No training set holds it.'
      : 'Training sets that were made before, and are not used for a training again:',
    ...sets,
    '',
    ...(models.length === 0
      ? ['No model was trained on a log that still had it.']
      : [
          'Models that were trained on a log that still had it:',
          '',
          markdownTable(
            ['model', 'kind', 'stage', 'trained to', 'replaced'],
            models.map(({ version, kind, stage, serves, trainedTo }) => [
              ...[version, kind, stage, trainedTo],
              serves ? 'when the next training is promoted' : 'serves nobody',
            ]),
          ),
        ]),
    '',
    complete ? 'Complete.' : 'Not complete yet.',
  ].join('\n');
}
