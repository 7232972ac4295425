/** `npm run partners`: partners and their API keys. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '@marquee/domain';
import { parseConfig } from '@marquee/service-kit';
import { z } from 'zod';
import { runLineCommand } from '../command-lines/line-command.ts';
import { runPartners } from './partners-commands.ts';
import { PARTNER_VARIABLES } from './variables.ts';

const PARTNER_FLAGS = [
  ...(['rate', 'cost', 'policy', 'scopes', 'contract'] as const),
  ...(['environment', 'expires', 'overlap', 'note', 'folder'] as const),
];

const HELP = `npm run partners -- <command>: partners and their API keys

  add <partner>           a partner without a key yet
      --rate <n/time>       requests, e.g. 600/1m (the default)
      --cost <n/time>       cost budget, e.g. 50000/1h (default: none)
      --policy <policy>     ids (the default), safelist, log or open
      --scopes <a,b>        default: none
      --contract <name>     variant of the graph it sees (default: the whole graph)
  change <partner>        the same flags; what is not said stays as it is. --cost none and --contract none take away
  issue <partner>         a new key; printed once, stored as a hash
      --environment <name>  where it works: development, production, ... (required)
      --expires <date|time> e.g. 2027-01-31 or 90d (default: never)
      --note <text>
  rotate <partner>        a new key; the active ones of the environment end after the overlap
      --environment <name>  (required)
      --overlap <time>      how long both work (default 7d)
      --expires <date|time>
  revoke <key id>         at once
  list                    partners, limits and keys
      --json                for programs

  --folder <folder>       (MARQUEE_PARTNERS, default .marquee/partners)
  --help                  this text

Gateways that follow the folder take changes up within two seconds.
`;

await runLineCommand({
  help: HELP,
  texts: PARTNER_FLAGS,
  switches: ['json'],
  run({ flags: { folder, ...flags }, ...invocation }) {
    const { MARQUEE_PARTNERS } = parseConfig(z.object(PARTNER_VARIABLES), process.env);
    return runPartners({
      ...invocation,
      flags,
      folder: folder ?? MARQUEE_PARTNERS ?? '.marquee/partners',
      random: randomBytes,
      clock: systemClock,
    });
  },
});
