/** What is done about fields that a request may not read; named as Apollo Router names it. */
import { z } from 'zod';

/** A viewer meets it whose token has the claim: with the value, or with the value in its list where one is given. */
export const policyRuleSchema = z.strictObject({
  /** Name of a claim, or a path of names with dots between. */
  claim: z.string().min(1),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

export type PolicyRule = z.infer<typeof policyRuleSchema>;

export const authorizationSchema = z.strictObject({
  /** Off: `@authenticated`, `@requiresScopes` and `@policy` are not enforced here. */
  enabled: z.boolean().default(true),
  /** Refuse everybody without a valid identity, whatever they ask. */
  requireAuthentication: z.boolean().default(false),
  /** Refuse the whole request instead of leaving the fields out. */
  rejectUnauthorized: z.boolean().default(false),
  /** Leave the fields in and report them all the same: to see what would be lost before it is. */
  dryRun: z.boolean().default(false),
  errors: z
    .strictObject({
      log: z.boolean().default(true),
      /** In `errors`, in `extensions.authorizationErrors`, or nowhere. */
      response: z.enum(['errors', 'extensions', 'disabled']).default('errors'),
    })
    .prefault({}),
  /** By name, as in `@policy(policies: [["name"]])`. A policy that nobody defines is met by nobody. */
  policies: z.record(z.string(), policyRuleSchema).default({}),
});

export type AuthorizationOptions = z.infer<typeof authorizationSchema>;

export const DEFAULT_AUTHORIZATION: AuthorizationOptions = authorizationSchema.parse({});

/** The same from the environment. */
export const AUTHORIZATION_VARIABLES = {
  /** `filter` leaves fields out, `reject` refuses the request, `off` leaves it to the subgraphs. */
  MARQUEE_UNAUTHORIZED: z.enum(['filter', 'reject', 'off']).default('filter'),
  /** Fields are left in and reported all the same: to see what would be lost before it is. */
  MARQUEE_AUTHORIZATION_DRY_RUN: z.enum(['on', 'off']).default('off'),
  /** Requests without a valid token are refused, whatever they ask for. */
  MARQUEE_REQUIRE_AUTHENTICATION: z.enum(['on', 'off']).default('off'),
  /** JSON: `{"staff": {"claim": "roles", "value": "staff"}}`. */
  MARQUEE_POLICIES: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string(), policyRuleSchema))
    .optional(),
};

const variables = z.object(AUTHORIZATION_VARIABLES);

export function authorizationConfig(given: z.infer<typeof variables>): AuthorizationOptions {
  return authorizationSchema.parse({
    enabled: given.MARQUEE_UNAUTHORIZED !== 'off',
    rejectUnauthorized: given.MARQUEE_UNAUTHORIZED === 'reject',
    dryRun: given.MARQUEE_AUTHORIZATION_DRY_RUN === 'on',
    requireAuthentication: given.MARQUEE_REQUIRE_AUTHENTICATION === 'on',
    policies: given.MARQUEE_POLICIES ?? {},
  });
}
