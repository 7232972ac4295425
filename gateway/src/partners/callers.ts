/**
 * Which client sends a request: a partner by its API key, or whoever a client says it is. A claimed name is good for
 * statistics and for a stricter policy, and for nothing else.
 */
import type { Clock } from '@marquee/domain';
import { type Component, type Logger, MarqueeError } from '@marquee/service-kit';
import type { RequestHeaders } from '../identity/identity.ts';
import { follow } from '../revisions/followed.ts';
import { stricter } from '../trusted-documents/document-policy.ts';
import type { DocumentClient } from '../trusted-documents/document-resolution.ts';
import type { DocumentConfig } from '../trusted-documents/variables.ts';
import { type Holder, KeyRing } from './key-ring.ts';
import { partnerFolder } from './partner-book.ts';
import type { PartnerConfig } from './variables.ts';

export const API_KEY_HEADER = 'x-api-key';
const NAME_HEADERS = ['apollographql-client-name', 'graphql-client-name'] as const;
const VERSION_HEADERS = ['apollographql-client-version', 'graphql-client-version'] as const;
/** They end up in logs and labels. */
const PRINTABLE = /^[\w .+@/-]{1,64}$/;
const UNNAMED = 'unnamed';

export interface Caller extends DocumentClient {
  /** Absent: no API key was sent. */
  readonly holder?: Holder;
}

export interface Callers extends Component {
  /** @throws MarqueeError API_KEY_INVALID, API_KEY_WRONG_ENVIRONMENT. A bad key is never taken for none. */
  callerOf(headers: RequestHeaders): Caller;
  /** Looks for changes now. */
  refresh(): Promise<void>;
}

export interface CallersOptions {
  /** Absent: there are no partners, and an API key is a header like any other. */
  readonly partners: PartnerConfig | undefined;
  readonly documents: DocumentConfig;
  /** Contract variants that are served: a partner of another one is refused at load. */
  readonly contracts: ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs?: number;
}

export function createCallers(options: CallersOptions): Callers {
  const { partners, documents, contracts, clock, logger } = options;
  const { folder, environment = '' } = partners ?? {};
  const ring = follow({
    name: 'partners',
    paths: folder === undefined ? [] : [folder],
    async load() {
      const book = folder === undefined ? [] : (await partnerFolder(folder).latest()).value;
      for (const { name, contract } of book) {
        if (contract === undefined || contracts.has(contract)) continue;
        throw new MarqueeError(
          'CONFIG_INVALID',
          `the partner ${name} has the contract ${contract}, which is not served`,
        );
      }
      return new KeyRing(book, environment);
    },
    logger,
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
  });

  return {
    name: ring.name,
    start: () => ring.start(),
    stop: () => ring.stop(),
    readiness: () => ring.readiness(),
    refresh: () => ring.refresh(),
    callerOf(headers) {
      const version = said(headers, VERSION_HEADERS);
      const key = headers[API_KEY_HEADER];
      if (partners !== undefined && typeof key === 'string') {
        const holder = ring.current().holderOf(key, Math.floor(clock.now() / 1000));
        const { name, policy } = holder.partner;
        return { name, version, policy, proven: true, holder };
      }
      const name = said(headers, NAME_HEADERS);
      const policy = stricter(documents.policy, documents.clientPolicies.get(name) ?? 'open');
      return { name, version, policy, proven: false };
    },
  };
}

function said(headers: RequestHeaders, names: readonly string[]): string {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string' && PRINTABLE.test(value)) return value;
  }
  return UNNAMED;
}
