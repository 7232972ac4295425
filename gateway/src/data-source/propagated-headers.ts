/** Which headers of a client a subgraph may be configured to see, and which the gateway may send of its own. */
import { MarqueeError } from '@marquee/service-kit';
import { GATEWAY_HEADER } from '@marquee/service-kit/subgraph';

/** They belong to one connection or describe one body (RFC 9110, section 7.6.1), or are the gateway's own words. */
const NEVER: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-deadline-ms',
  GATEWAY_HEADER,
]);
/** A token of RFC 9110. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Anything else could end the line, or the head, and begin another. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A header under its own name, or under another one. */
export type HeaderRule = string | { readonly name: string; readonly as: string };

export interface PropagatedHeader {
  /** As clients send it, in lower case. */
  readonly name: string;
  /** As the subgraph sees it, in lower case. */
  readonly as: string;
}

/** @throws MarqueeError CONFIG_INVALID naming every header that cannot be passed on, or comes from two. */
export function propagatedHeaders(rules: readonly HeaderRule[]): readonly PropagatedHeader[] {
  const headers = new Map<string, PropagatedHeader>();
  for (const rule of rules) {
    const { name, as } = typeof rule === 'string' ? { name: rule, as: rule } : rule;
    const header = { name: name.toLowerCase(), as: as.toLowerCase() };
    const known = headers.get(header.as);
    if (known !== undefined && known.name !== header.name) {
      throw new MarqueeError('CONFIG_INVALID', `two headers are passed on to subgraphs as ${header.as}`);
    }
    headers.set(header.as, header);
  }
  // What a client sends under a name of ours it cannot have meant for a subgraph.
  allowedHeaders([...headers.values()].flatMap(({ name, as }) => [name, as]));
  return [...headers.values()];
}

/** Of the gateway's own. @throws MarqueeError CONFIG_INVALID naming every header that cannot be set. */
export function ownHeaders(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  allowedHeaders(headers.map(([name]) => name));
  const refused = headers.filter(([, value]) => !VALUE.test(value)).map(([name]) => name);
  if (refused.length > 0) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `these headers have values that cannot be sent: ${refused.join(', ')}`,
    );
  }
  return Object.fromEntries(headers);
}

/** @throws MarqueeError CONFIG_INVALID naming every header that cannot be passed on. */
function allowedHeaders(names: readonly string[]): readonly string[] {
  const lower = [...new Set(names.map((name) => name.toLowerCase()))];
  const refused = lower.filter((name) => NEVER.has(name) || !NAME.test(name));
  if (refused.length > 0) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `these headers cannot be passed on to subgraphs: ${refused.join(', ')}`,
    );
  }
  return lower;
}
