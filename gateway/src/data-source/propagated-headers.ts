/** Which headers of a client a subgraph may be configured to see. */
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

/** @throws MarqueeError CONFIG_INVALID naming every header that cannot be passed on. */
export function allowedHeaders(names: readonly string[]): readonly string[] {
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
