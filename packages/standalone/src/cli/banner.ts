/** What a newcomer needs to see: where it runs, who to be, and a command that works as printed. */
import type { World } from '../world/data-directory.ts';

const QUERY =
  '{ home { rows(first: 4) { nodes { headline items(first: 5) { nodes { title { name releaseYear } } } } } } }';

export function banner(options: {
  world: World;
  url: string;
  mode: 'development' | 'production';
  seconds: number;
}): string {
  const { world, url } = options;
  // Outside development nobody may be somebody by a header alone.
  const persona = options.mode === 'development' ? world.personas[0] : undefined;
  const identity = persona === undefined ? '' : ` -H 'x-profile-id: ${persona.id}'`;
  const lines = [
    '',
    `  Marquee is ready (${options.seconds.toFixed(1)} s): ${world.titles.toLocaleString('en-GB')} titles, ${world.source}`,
    '',
    ...(options.mode === 'development' ? [`  Explore   ${url}/`] : []),
    `  GraphQL   ${url}/graphql`,
    ...(persona === undefined
      ? []
      : [`  Persona   ${persona.id}: ${persona.name}, likes ${persona.tastes.join(', ')}`]),
    '',
    '  Try:',
    `  curl -s ${url}/graphql -H 'content-type: application/json'${identity} -d '{"query":"${QUERY}"}'`,
    '',
    '  Ctrl-C stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
