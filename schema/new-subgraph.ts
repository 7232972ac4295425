/** `npm run new:subgraph -- NAME [--owner TEAM [--new-team]]` */
import { execFileSync } from 'node:child_process';
import { isMarqueeError, MarqueeError, parseCommandLine } from '@marquee/service-kit';
import { repositoryRoot } from './repository.ts';
import { newSubgraph } from './scaffold/new-subgraph.ts';

const HELP = `npm run new:subgraph -- NAME [--owner TEAM [--new-team]]

Makes the workspace subgraphs/NAME with one entity, its store in memory, resolvers, configuration, a process and a test;
adds it to the composed graph, to schema/owners.json, to what \`npm start\` and \`npm run start:distributed\` serve, and to
the deployments in docker/ (Compose, Kubernetes, Prometheus, the image).

  NAME           lower-case words with "-" between, in the singular, e.g. watch-party; the entity is called WatchParty
  --owner TEAM   who answers for it, one of schema/owners.json (default: a team with its name, made if there is none)
  --new-team     the owner is a team that is not there yet
  --help         this text
`;

try {
  const { values, positionals } = parseCommandLine({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      owner: { type: 'string' },
      'new-team': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) {
      throw new MarqueeError('CONFIG_INVALID', 'one NAME is needed (--help says more)');
    }
    newSubgraph({
      root: repositoryRoot,
      name,
      owner: values.owner,
      newTeam: values['new-team'],
      run: (script, ...given) => {
        execFileSync(process.execPath, [script, ...given], { cwd: repositoryRoot, stdio: 'inherit' });
      },
      print: (line) => console.log(line),
    });
  }
} catch (error) {
  if (!isMarqueeError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
