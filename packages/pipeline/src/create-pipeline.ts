/** Checks a definition once and runs it many times. */
import { checkDefinition } from './check-definition.ts';
import { PipelineRun } from './pipeline-run.ts';
import { scheduleSteps } from './schedule.ts';
import { SideEffectRunner } from './side-effect-runner.ts';
import type { Candidate, Pipeline, PipelineDefinition, PipelineOptions } from './stages.ts';

const DRAIN_TIMEOUT_MS = 10_000;

/** @throws PipelineMisconfigured naming everything that does not fit together. */
export function createPipeline<Q, C extends Candidate>(
  definition: PipelineDefinition<Q, C>,
  options: PipelineOptions = {},
): Pipeline<Q, C> {
  checkDefinition(definition);
  const steps = scheduleSteps(definition);
  const sideEffects = new SideEffectRunner(definition.sideEffects, options);
  return {
    definition,
    async run(query, runOptions) {
      if (!Number.isFinite(runOptions.seed) || Number.isNaN(runOptions.deadlineMs)) {
        throw new RangeError('a run needs a finite seed and a deadline');
      }
      const result = await new PipelineRun(definition, steps, runOptions).execute(query);
      sideEffects.schedule(result);
      return result;
    },
    drain: (timeoutMs = DRAIN_TIMEOUT_MS) => sideEffects.drain(timeoutMs),
    get sideEffectFailures() {
      return sideEffects.failures;
    },
  };
}
