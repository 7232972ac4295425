/** `npm run erasure -- <profile id>`: the receipt of an erasure, asked of every place that ever held something of a profile. */
import { join, resolve } from 'node:path';
import { systemClock } from '@marquee/domain';
import { createLogger, parseCommandLine, runProcess, startAll, stopAll } from '@marquee/service-kit';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { makeErasureReceipt } from '../erasure/erasure-receipt.ts';
import { receiptText } from '../erasure/receipt-text.ts';
import { installationPlace, worldPlace } from '../models/model-place.ts';
import { SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run erasure -- <profile id> [options]: what is left of a profile that was erased, place by place

Asks the event log, the profiles, the feature views, the event lake, the training sets and the models themselves. Exit code 1 while
anything is left or follows, or a model serves that was trained before the erasure. The erasure itself is the mutation eraseProfile.

  --world <name>          default ${SAMPLE_WORLD}; it must not be served meanwhile
  --installation          the distributed installation that runs in the data directory, or the one at NATS_URL
  --data-dir <folder>     where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --lake <folder>         default: in the world's folder, or the installation's
  --models <folder>       the same
  --json                  for programs
  --help                  this text

How to: docs/how-to/erase-a-profile.md
`;

const STOP_BOUND_MS = 10_000;

await runProcess(async () => {
  const { values, positionals } = parse(process.argv.slice(2));
  const [profileId] = positionals;
  if (values.help || profileId === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { dataDirectory, logLevel } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const logger = createLogger({ service: 'erasure', level: logLevel });
  const common = { dataDirectory, clock: systemClock, logger };
  const given = values.models === undefined ? undefined : resolve(values.models);
  const target = values.installation
    ? await installationPlace({ ...common, environment: process.env, modelsFolder: given })
    : await worldPlace({ ...common, world: values.world });
  try {
    const { deps, release } = await target.openHistory();
    const { bus, store, profiles, connections = [] } = deps;
    const components = [...connections, store, profiles, bus];
    try {
      await startAll(components, logger);
      const receipt = await makeErasureReceipt(
        {
          ...{ bus, store, profiles },
          lakeFolder: values.lake ?? join(target.folder, LAKE_FOLDER),
          modelsFolder: given ?? join(target.folder, 'models'),
          trainingSetsFolder: join(target.folder, 'training-sets'),
        },
        profileId,
      );
      process.stdout.write(`${values.json ? JSON.stringify(receipt, null, 2) : receiptText(receipt)}\n`);
      if (!receipt.complete) process.exitCode = 1;
    } finally {
      await stopAll(components, logger, STOP_BOUND_MS);
      release();
    }
  } finally {
    await target.close();
  }
});

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      world: { type: 'string', default: SAMPLE_WORLD },
      installation: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
      lake: { type: 'string' },
      models: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
