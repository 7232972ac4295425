/** `npm run cache`: takes answers out of the response cache of running gateways. */
import { userInfo } from 'node:os';
import { parseConfig, silentLogger } from '@marquee/service-kit';
import { runLineCommand } from '../../command-lines/line-command.ts';
import { supergraphBroadcast } from '../../deps.ts';
import { readSupergraph } from '../../shipped-schema.ts';
import { graphFacts } from '../graph-facts.ts';
import { runCache } from './cache-commands.ts';
import { broadcastLedger, folderLedger, type PurgeLedger } from './purge-ledger.ts';
import { DEFAULT_PURGES, PURGE_COMMAND_VARIABLES, purgePlace } from './variables.ts';

const HELP = `npm run cache -- <command>: the response cache of running gateways

  purge                 takes answers out of it, at all gateways, within two seconds; one of
      --entity <Type:key>   one entity, and whatever shows or lists any of its type
      --type <Type>         every entity of a type, and whatever shows or lists any of it
      --profile <id>        everything that is kept for a viewer
      --everything          everything that is kept for anybody
      --note <why>          (required)
      --by <who>            default: the user of this machine
  history               who took out what, when and why
      --json                for programs

  --nats <url>          of an installation of several processes: nats://host:port, or several with commas between
                        (NATS_URL); NATS_USER, NATS_PASSWORD, NATS_TOKEN, MARQUEE_STREAM as for the processes
  --folder <folder>     instead: the folder that gateways follow, of npm start and npm run gateway
                        (MARQUEE_CACHE_PURGES, default ${DEFAULT_PURGES})
  --help                this text

Who may connect to NATS, or write to the folder, may purge. What is asked for afterwards is asked of the subgraphs.
`;

await runLineCommand({
  help: HELP,
  texts: ['entity', 'type', 'profile', 'note', 'by', 'nats', 'folder'],
  switches: ['everything', 'json'],
  run({ flags: { nats, folder, ...flags }, ...invocation }) {
    const place = purgePlace(parseConfig(PURGE_COMMAND_VARIABLES, process.env), { nats, folder });
    return withLedger(place, (ledger) =>
      runCache({
        ...invocation,
        flags,
        ledger,
        place: 'folder' in place ? place.folder : place.nats.servers.join(', '),
        entityTypes: async () => new Set(graphFacts(await readSupergraph()).keys.keys()),
        user: userInfo().username,
        now: () => new Date(),
      }),
    );
  },
});

async function withLedger<T>(
  place: ReturnType<typeof purgePlace>,
  use: (ledger: PurgeLedger) => Promise<T>,
): Promise<T> {
  if ('folder' in place) return use(folderLedger(place.folder));
  const broadcast = supergraphBroadcast(place.nats, silentLogger);
  await broadcast.start();
  try {
    return await use(broadcastLedger(broadcast));
  } finally {
    await broadcast.stop();
  }
}
