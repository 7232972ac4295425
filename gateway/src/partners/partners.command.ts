/** `npm run partners`: partners and their API keys. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '@marquee/domain';
import { parseCommandLine, parseConfig, runProcess } from '@marquee/service-kit';
import { z } from 'zod';
import { runPartners } from './partners-commands.ts';
import { PARTNER_VARIABLES } from './variables.ts';

const HELP = `npm run partners -- <command>: partners and their API keys

  add <partner>           a partner without a key yet
      --rate <n/time>       requests, e.g. 600/1m (the default)
      --cost <n/time>       cost budget, e.g. 50000/1h (default: none)
      --policy <policy>     ids (the default), safelist, log or open
      --scopes <a,b>        default: none
      --contract <name>     variant of the graph it sees (default: the whole graph)
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

await runProcess(async () => {
  const { values, positionals } = parsed(process.argv.slice(2));
  if (values.help || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  const [command = '', ...args] = positionals;
  const { MARQUEE_PARTNERS } = parseConfig(z.object(PARTNER_VARIABLES), process.env);
  const lines = await runPartners({
    command,
    args,
    flags: values,
    folder: values.folder ?? MARQUEE_PARTNERS ?? '.marquee/partners',
    random: randomBytes,
    clock: systemClock,
  });
  process.stdout.write(`${lines.join('\n')}\n`);
});

function parsed(argv: string[]) {
  return parseCommandLine({
    args: argv,
    allowPositionals: true,
    strict: true,
    options: {
      rate: { type: 'string' },
      cost: { type: 'string' },
      policy: { type: 'string' },
      scopes: { type: 'string' },
      contract: { type: 'string' },
      environment: { type: 'string' },
      expires: { type: 'string' },
      overlap: { type: 'string' },
      note: { type: 'string' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
