/** What an answer says about the end of its operation: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`. Pure. */
import type { TrustedOperation } from './trusted-operation.ts';

export function lifecycleHeaders(operation: TrustedOperation | undefined): Readonly<Record<string, string>> {
  const { deprecation } = operation ?? {};
  if (deprecation === undefined) return {};
  return {
    deprecation: `@${deprecation.at}`,
    ...(deprecation.sunset !== undefined && { sunset: new Date(deprecation.sunset * 1000).toUTCString() }),
    ...(deprecation.link !== undefined && { link: `<${deprecation.link}>; rel="deprecation"` }),
  };
}
