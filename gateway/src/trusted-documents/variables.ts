/** Configuration of trusted documents. */
import { z } from 'zod';
import { DOCUMENT_POLICIES, type DocumentPolicy } from './document-policy.ts';

const policy = z.enum(DOCUMENT_POLICIES);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

export const DOCUMENT_VARIABLES = {
  /** What clients without an API key may run: open, log, safelist or ids. */
  MARQUEE_DOCUMENT_POLICY: policy.default('open'),
  /**
   * Stricter policies by the name that clients give themselves, e.g. `web=safelist,tv=ids`. Anybody can give any name,
   * so a name never loosens anything.
   */
  MARQUEE_CLIENT_POLICIES: list
    .pipe(z.array(z.string().regex(/^[\w .@/-]{1,64}=(open|log|safelist|ids)$/, 'must be name=policy')))
    .optional(),
  /** Manifests and folders of `.graphql` files with trusted documents, separated by commas. Followed. */
  MARQUEE_TRUSTED_DOCUMENTS: list.optional(),
  /** Folder of the registry that `npm run operations` publishes to. Followed. */
  MARQUEE_OPERATIONS_REGISTRY: z.string().min(1).optional(),
  /** Whether texts are kept by their hash for clients that ask so (automatic persisted queries). */
  MARQUEE_AUTOMATIC_PERSISTED_QUERIES: z.enum(['on', 'off']).default('on'),
};

export interface DocumentConfig {
  readonly policy: DocumentPolicy;
  readonly clientPolicies: ReadonlyMap<string, DocumentPolicy>;
  readonly files: readonly string[];
  readonly registry: string | undefined;
  readonly automatic: boolean;
}

const shape = z.object(DOCUMENT_VARIABLES);

export function documentConfig(variables: z.infer<typeof shape>): DocumentConfig {
  return {
    policy: variables.MARQUEE_DOCUMENT_POLICY,
    clientPolicies: new Map(
      (variables.MARQUEE_CLIENT_POLICIES ?? []).map((pair): [string, DocumentPolicy] => {
        const at = pair.lastIndexOf('=');
        return [pair.slice(0, at), policy.parse(pair.slice(at + 1))];
      }),
    ),
    files: variables.MARQUEE_TRUSTED_DOCUMENTS ?? [],
    registry: variables.MARQUEE_OPERATIONS_REGISTRY,
    automatic: variables.MARQUEE_AUTOMATIC_PERSISTED_QUERIES === 'on',
  };
}
