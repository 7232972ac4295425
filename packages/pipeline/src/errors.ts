/** How a pipeline can fail, and which failures are ours rather than the world's. */
import type { PipelineTrace } from './stages.ts';

/** A stage did what its kind may not do. Always a programmer error. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
}

/** The components of a pipeline do not fit together; thrown when it is created, never during a run. */
export class PipelineMisconfigured extends Error {
  override readonly name = 'PipelineMisconfigured';
}

/** A run that could not finish. `cause` is the component's own error. */
export class PipelineFailure extends Error {
  override readonly name = 'PipelineFailure';
  readonly component: string;
  readonly trace: PipelineTrace;

  constructor(component: string, trace: PipelineTrace, cause: unknown) {
    super(
      `${trace.pipeline}: ${component} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.component = component;
    this.trace = trace;
  }
}

/** A component did not answer in time. A failure of the world: follows `onFailure`. */
export class ComponentTimedOut extends Error {
  override readonly name = 'ComponentTimedOut';
}

/** Another component has already failed the run, so this one's answer is no longer wanted. */
export class RunAbandoned extends Error {
  override readonly name = 'RunAbandoned';
}

const PROGRAMMER_ERRORS = [TypeError, ReferenceError, RangeError, SyntaxError, LawBroken];

/**
 * A bug, which must be seen and mended rather than degraded away. `fetch` reports a lost connection as a
 * TypeError; adapters are to translate it into an error of their own, for here it counts as a bug.
 */
export function isProgrammerError(error: unknown): boolean {
  return PROGRAMMER_ERRORS.some((kind) => error instanceof kind);
}
