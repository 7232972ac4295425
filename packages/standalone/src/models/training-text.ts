/** Trainings, for people. */
import { driftAlertText } from '@marquee/model-registry';
import type { TrainingRequest, TrainingRun } from '@marquee/trainer';
import { markdownTable } from '../evaluation/markdown-table.ts';

export function runsTable(runs: readonly TrainingRun[]): string {
  if (runs.length === 0) return '(no trainings)';
  return markdownTable(
    [
      'run',
      'state',
      'what',
      'asked by',
      'why',
      'examples',
      'model',
      'NDCG@10 or recall@1000',
      's',
      'CPU s',
      'MB',
    ],
    runs.map(({ request, state, result, durationSeconds, problem }) => [
      request.runId,
      state,
      whatOf(request),
      request.by,
      [request.why, problem ?? result?.detail].filter((text) => text != null).join('; '),
      result === null ? '' : result.examples.rows.toLocaleString('en-GB'),
      result?.model ?? '',
      (result?.metrics.ndcg10 ?? result?.metrics.recall1000)?.toFixed(4) ?? '',
      durationSeconds?.toFixed(1) ?? '',
      result?.cpuSeconds.toFixed(1) ?? '',
      result?.peakMegabytes.toFixed(0) ?? '',
    ]),
  );
}

export function runReport(run: TrainingRun): string {
  const { request, state, result, problem, durationSeconds, restedSeconds = 0 } = run;
  const rested =
    restedSeconds < 0.1 ? '' : `, ${restedSeconds.toFixed(1)} of them at rest: the machine was busy`;
  const seconds = durationSeconds === null ? '' : `, ${durationSeconds.toFixed(1)} s${rested}`;
  const lines = [`Training ${request.runId} ${state}${seconds}: ${request.why} (${request.by})`];
  for (const alert of request.drift ?? []) lines.push(`${driftAlertText(alert)}, since ${alert.since}`);
  if (problem !== null) lines.push(problem);
  if (result === null) return lines.join('\n');
  const { examples, window, metrics, parameters, model, holdout, cpuSeconds, peakMegabytes } = result;
  lines.push(
    `${examples.rows.toLocaleString('en-GB')} examples, ${examples.positives.toLocaleString('en-GB')} of them qualified watches, from ${window.from} to ${window.to}`,
    `code ${request.codeVersion}, seed ${request.seed}; ${cpuSeconds.toFixed(1)} s of CPU, ${peakMegabytes.toFixed(0)} MB at most`,
  );
  if (result.detail !== undefined) lines.push(result.detail);
  if (model === null) return lines.join('\n');
  lines.push(
    `metrics ${JSON.stringify(metrics)}`,
    `parameters ${JSON.stringify(parameters)}`,
    holdout === null
      ? 'No holdout set was made: there was too little.'
      : `Holdout set ${holdout}: ${examples.holdout.toLocaleString('en-GB')} later examples`,
    '',
    `${model} is a candidate. To see what the gates say: npm run models -- compare ${model}${lineOption(request)}`,
  );
  return lines.join('\n');
}

function lineOption({ model = 'ranking' }: TrainingRequest): string {
  return model === 'ranking' ? '' : ` --model ${model}`;
}

function whatOf({ model = 'ranking', algorithm }: TrainingRequest): string {
  return model === 'ranking' ? algorithm : model;
}
