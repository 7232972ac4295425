/**
 * Configuration of the edge. Parsed once, all errors reported together; nothing else in the gateway reads the
 * environment.
 */
import { type Environment, MarqueeError, parseConfig, portVariable } from '@marquee/service-kit';
import { z } from 'zod';

/** HS256 keys shorter than its hash weaken it (RFC 7518, section 3.2). */
export const MIN_SECRET_BYTES = 32;

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(600_000).default(fallback);

const gatewayVariables = z.object({
  /** 0 picks a free port. */
  PORT: portVariable.default(4000),
  MARQUEE_HOST: z.string().default('127.0.0.1'),
  /** Development must be asked for by name: whatever forgets to say so is treated as production. */
  MARQUEE_MODE: z.enum(['development', 'production']).default('production'),
  MARQUEE_AUTH_SECRET: z
    .string()
    .refine((secret) => secret.trim() !== '', 'must not be blank')
    .refine(
      (secret) => Buffer.byteLength(secret) >= MIN_SECRET_BYTES,
      `must have at least ${MIN_SECRET_BYTES} bytes`,
    )
    .optional(),
  MARQUEE_AUTH_ISSUER: z.string().min(1).optional(),
  MARQUEE_AUTH_AUDIENCE: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How long a request may take before its client is told that it took too long. */
  MARQUEE_REQUEST_DEADLINE_MS: milliseconds(10_000),
  /** How long a stopping gateway waits for requests in flight. */
  MARQUEE_DRAIN_MS: milliseconds(8_000),
  /** Requests worked on at once; more are refused with 503 before any work is done. */
  MARQUEE_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(100_000).default(256),
});

export interface AuthConfig {
  /** HS256 key, at least 32 bytes. Absent only in development. */
  readonly secret: string | undefined;
  /** Required `iss`, when given. */
  readonly issuer: string | undefined;
  /** Required `aud`, when given. */
  readonly audience: string | undefined;
}

export interface GatewayConfig {
  readonly port: number;
  readonly host: string;
  readonly mode: 'development' | 'production';
  readonly auth: AuthConfig;
  readonly logLevel: z.infer<typeof gatewayVariables>['LOG_LEVEL'];
  readonly requestDeadlineMs: number;
  readonly drainMs: number;
  readonly maxInFlight: number;
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong; production needs a secret. */
export function parseGatewayConfig(environment: Environment): GatewayConfig {
  const variables = parseConfig(gatewayVariables.superRefine(requireSecretInProduction), environment);
  return {
    port: variables.PORT,
    host: variables.MARQUEE_HOST,
    mode: variables.MARQUEE_MODE,
    auth: {
      secret: variables.MARQUEE_AUTH_SECRET,
      issuer: variables.MARQUEE_AUTH_ISSUER,
      audience: variables.MARQUEE_AUTH_AUDIENCE,
    },
    logLevel: variables.LOG_LEVEL,
    requestDeadlineMs: variables.MARQUEE_REQUEST_DEADLINE_MS,
    drainMs: variables.MARQUEE_DRAIN_MS,
    maxInFlight: variables.MARQUEE_MAX_IN_FLIGHT,
  };
}

function requireSecretInProduction(
  variables: z.infer<typeof gatewayVariables>,
  report: z.core.$RefinementCtx,
): void {
  if (variables.MARQUEE_MODE === 'production' && variables.MARQUEE_AUTH_SECRET === undefined) {
    report.addIssue({
      code: 'custom',
      path: ['MARQUEE_AUTH_SECRET'],
      message: 'required in production mode (set MARQUEE_MODE=development to try things out)',
    });
  }
}

/** The same rule for a configuration that was put together in code. */
export function assertUsable(config: GatewayConfig): void {
  const { secret } = config.auth;
  if (secret === undefined && config.mode === 'development') return;
  if (secret === undefined || secret.trim() === '' || Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `MARQUEE_AUTH_SECRET: needs at least ${MIN_SECRET_BYTES} bytes${config.mode === 'production' ? ' in production mode' : ''}`,
    );
  }
}
