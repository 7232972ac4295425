/**
 * What a run of the pipeline did, as spans below the one that is being worked in. The trace says how long each component
 * took, not when it began: stages follow each other, and members of one stage begin together unless they are pure.
 */
import type { PipelineTrace } from '@marquee/pipeline';
import { activeSpan, type SpanAttributes } from '@marquee/service-kit';

/** One after the other; all other kinds run side by side. */
const IN_TURN: ReadonlySet<string> = new Set(['filter', 'scorer', 'reranker', 'selector']);

/** Right after the run. Costs nothing where nobody traces. */
export function recordPipeline(trace: PipelineTrace): void {
  const parent = activeSpan();
  if (parent === undefined) return;
  const endedAt = performance.now();
  const beganAt = endedAt - trace.milliseconds;
  const whole = parent.child(`pipeline ${trace.pipeline}`, degradedBy(trace), 'internal', beganAt);
  let stageAt = beganAt;
  let nextAt = beganAt;
  let kind: string | undefined;
  for (const component of trace.components) {
    if (component.kind !== kind || IN_TURN.has(component.kind)) stageAt = nextAt;
    kind = component.kind;
    const until = Math.min(stageAt + component.milliseconds, endedAt);
    nextAt = Math.max(nextAt, until);
    const span = whole.child(
      `${component.kind} ${component.name}`,
      attributesOf(component),
      'internal',
      stageAt,
    );
    if (component.error !== undefined) span.fail(component.outcome);
    span.end(until);
  }
  whole.end(endedAt);
}

function degradedBy({ degraded }: PipelineTrace): SpanAttributes {
  return degraded.length === 0
    ? {}
    : { 'marquee.degraded': degraded.map(({ component }) => component).join(', ') };
}

/** The error's text stays in the log: it may say who somebody is. */
function attributesOf({
  name,
  kind,
  outcome,
  input,
  output,
}: PipelineTrace['components'][number]): SpanAttributes {
  return {
    'marquee.component': name,
    'marquee.component.kind': kind,
    'marquee.component.outcome': outcome,
    ...(input === undefined ? {} : { 'marquee.component.input': input }),
    ...(output === undefined ? {} : { 'marquee.component.output': output }),
  };
}
