/**
 * `npm run evaluate`: the home ranking against popularity and random on a temporal holdout, or, with `--models`,
 * retrieval models against each other by published protocols, or, with `--closed-loop`, pages on the simulator.
 */
import { runProcess } from '@marquee/service-kit';
import { parseFlags } from '../cli/arguments.ts';
import { requirePlaces } from '../cli/report-places.ts';
import { runClosedLoopEvaluation } from '../evaluation/closed-loop/closed-loop-command.ts';
import { EVALUATE_FLAGS, EVALUATE_HELP, runHomeEvaluation } from '../evaluation/evaluate-command.ts';
import { type Evaluation, evaluationOf } from '../evaluation/evaluate-flags.ts';
import { runRetrievalEvaluation } from '../evaluation/retrieval/retrieval-command.ts';

type Run = (values: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<void>;

const RUNS: Readonly<Record<Evaluation, Run>> = {
  home: runHomeEvaluation,
  retrieval: runRetrievalEvaluation,
  'closed-loop': runClosedLoopEvaluation,
};

await runProcess(async (signal) => {
  const values = parseFlags(process.argv.slice(2), EVALUATE_FLAGS);
  if (values.help === true) {
    process.stdout.write(EVALUATE_HELP);
    return;
  }
  const run = RUNS[evaluationOf(values)];
  await requirePlaces({ json: values.json, html: values.html });
  await run(values, signal);
});
