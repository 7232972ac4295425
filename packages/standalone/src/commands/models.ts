/** `npm run models -- <what>`: which model serves, what others would do, and the way between them. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createLogger, MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { TRAINED_MODELS } from '@marquee/trainer';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { MODEL_COMMANDS } from '../models/model-commands.ts';
import { modelLine } from '../models/model-lines.ts';
import { installationPlace, worldPlace } from '../models/model-place.ts';
import { SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run models -- <what> [options]: the models of a world or an installation, and which of them serves

  list                    all versions with their stages
  show <version>          one version and every move of it
  log                     the last 50 moves: who, when, why
  compare <version>       asks the gates, moves nothing; --with <version> instead of what is in production. Exit code 1: stopped
  promote <version>       asks the gates, then moves it; --to shadow, canary or production (default)
                          --share <of the profiles, default 0.1> for a canary
                          --force --why "..." against the gates; both are recorded. Exit code 1: stopped, nothing moved
  reject <version> --why  stops one on its way: a canary serves nobody any more, within two seconds
  rollback --why "..."    what was in production before is again, within two seconds and without a restart; --to <version> further back
  pin [version] --why     holds what is in production: only a rollback replaces it;  unpin  ends that
  archive <version> --why out of the way; never what is in production
  holdout                 makes the examples that gates compare on, of the latest --share (default 0.1) of the watches. A world
                          must not be served meanwhile

  --model <line>          ${TRAINED_MODELS.join(', ')}; default ranking. What finds candidates goes from candidate to production, and back with rollback
  --world <name>          default ${SAMPLE_WORLD}; a world that is being served may be asked and changed, too
  --installation          the distributed installation of the data directory, or the one at NATS_URL with --models <folder>
  --data-dir <folder>     where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --holdout <name>        holdout set to compare on, default the latest
  --tolerance <number>    how much worse NDCG@10 may be, as far as its interval goes (default 0.005); of what finds candidates recall (0.02)
  --by <name>             who does this, default the name of the account
  --json                  for programs
  --help                  this text

How to: docs/how-to/promote-a-model.md
`;

await runProcess(async (signal) => {
  const { values, positionals } = parse(process.argv.slice(2));
  const [what, version] = positionals;
  if (values.help || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const command = MODEL_COMMANDS[what];
  if (command === undefined) {
    const allowed = Object.keys(MODEL_COMMANDS).join(', ');
    throw new MarqueeError('CONFIG_INVALID', `unknown "${what}"; allowed are ${allowed}`);
  }
  const { dataDirectory, logLevel } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const logger = createLogger({ service: 'models', level: logLevel });
  const common = { dataDirectory, clock: systemClock, logger, line: modelLine(values.model) };
  const place = values.installation
    ? await installationPlace({
        ...common,
        environment: process.env,
        modelsFolder: values.models === undefined ? undefined : resolve(values.models),
      })
    : await worldPlace({ ...common, world: values.world });
  try {
    const answer = await command({
      place,
      version,
      by: values.by ?? userInfo().username,
      why: values.why,
      force: values.force,
      to: values.to,
      with: values.with,
      holdout: values.holdout,
      share: share('--share', values.share, 0.01, 0.5),
      tolerance: values.tolerance === undefined ? undefined : share('--tolerance', values.tolerance, 0, 1),
      logger,
      progress: createProgress(process.stderr),
      signal,
    });
    process.stdout.write(`${values.json ? JSON.stringify(answer.json, null, 2) : answer.text}\n`);
    if (answer.refused === true) process.exitCode = 1;
  } finally {
    await place.close();
  }
});

function share(flag: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= minimum && value <= maximum)) {
    throw new MarqueeError('CONFIG_INVALID', `${flag} must be a number from ${minimum} to ${maximum}`);
  }
  return value;
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'ranking' },
      world: { type: 'string', default: SAMPLE_WORLD },
      installation: { type: 'boolean', default: false },
      models: { type: 'string' },
      'data-dir': { type: 'string' },
      holdout: { type: 'string' },
      with: { type: 'string' },
      to: { type: 'string' },
      share: { type: 'string', default: '0.1' },
      tolerance: { type: 'string' },
      why: { type: 'string' },
      by: { type: 'string' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
