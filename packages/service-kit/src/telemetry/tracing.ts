/** Tracing as configured: OpenTelemetry's packages are loaded only where there is somewhere to send traces to. */
import type { TracingOptions } from './otlp-tracing.ts';
import type { Tracing } from './span.ts';
import type { TelemetryConfig } from './telemetry-config.ts';

export type { TracingOptions } from './otlp-tracing.ts';

/** Undefined: nothing is recorded. Stop it last, so that what others end while stopping is sent too. */
export async function createTracing(
  config: TelemetryConfig | undefined,
  options: TracingOptions,
): Promise<Tracing | undefined> {
  if (config === undefined) return undefined;
  const { createOtlpTracing } = await import('./otlp-tracing.ts');
  return createOtlpTracing(config, options);
}
