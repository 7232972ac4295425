/** The error catalogue as the page that people read. `docs/errors.md` is this function's output. */
import { ERROR_CATALOGUE, type ErrorDefinition } from './errors.ts';

export function errorDocument(): string {
  const rows = Object.entries<ErrorDefinition>(ERROR_CATALOGUE).map(
    ([code, error]) =>
      `| \`${code}\` | ${error.party} | ${error.retryable ? 'yes' : 'no'} | ${error.description} | ${error.publicMessage} |`,
  );
  return [
    '# Error codes',
    '',
    'Generated from `packages/service-kit/src/errors.ts`. Codes are stable: they appear as `extensions.code` of GraphQL errors, as',
    '`code` of `userErrors` and rejected events, and in logs. *Party* is who has to act.',
    '',
    '| code | party | retryable | when | what a client reads |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    "Where the party is `client`, the client reads our own words about its input instead of the catalogue's.",
    '',
  ].join('\n');
}
