/** What `npm run models` can do: each command takes what it works on and returns what is to be printed. */

import { productionOf, type Reason, type RegistryRevision } from '@marquee/model-registry';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { buildHoldout } from './build-holdout.ts';
import { examinerOf, gatesFor } from './gates-of-line.ts';
import type { ModelPlace } from './model-place.ts';
import { evidenceText, movesTable, reportText, versionsTable } from './models-text.ts';
import { summarise } from './version-summary.ts';

export interface ModelsRequest {
  readonly place: ModelPlace;
  /** The version named on the command line. */
  readonly version: string | undefined;
  readonly by: string;
  readonly why: string | undefined;
  readonly force: boolean;
  readonly to: string | undefined;
  /** Version to compare with; default what is in production. */
  readonly with: string | undefined;
  readonly holdout: string | undefined;
  /** Of the watches, for a new holdout set. */
  readonly share: number;
  readonly tolerance: number | undefined;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface ModelsAnswer {
  readonly json: unknown;
  readonly text: string;
  /** The gates stopped it. */
  readonly refused?: boolean;
}

type Command = (request: ModelsRequest) => Promise<ModelsAnswer>;

const SEED = 1;

const WHAT_FOLLOWS = {
  shadow: ' It scores a share of the pages after they were served; nothing of it is shown.',
  canary: ' It serves its share of the profiles from now on.',
  production: '',
} as const;

export const MODEL_COMMANDS: Readonly<Record<string, Command>> = {
  async list({ place: { registry, inForce, name, isTold } }) {
    const { state } = await registry.current();
    const serving = await inForce();
    const names = await registry.versions();
    const versions = await Promise.all(names.map((each) => summarise(registry, state, each, serving)));
    const production = productionOf(state) ?? serving;
    const untold = isTold && serving !== production;
    const warning = untold
      ? `\n\nIts processes were told ${serving ?? 'nothing'}. To tell them again: npm run models -- promote ${production}`
      : '';
    const text = `${name}: ${production ?? 'nothing'} is in production\n\n${versionsTable(versions)}${warning}`;
    return { json: { place: name, production: production ?? null, told: serving ?? null, versions }, text };
  },

  async show(request) {
    const { registry, inForce } = request.place;
    const version = named(request);
    if (!(await registry.versions()).includes(version)) {
      throw new MarqueeError('NOT_FOUND', `there is no version ${version} in ${registry.modelsFolder}`);
    }
    const { state } = await registry.current();
    const [summary, moves] = await Promise.all([
      summarise(registry, state, version, await inForce()),
      registry.history(Number.POSITIVE_INFINITY),
    ]);
    const manifest = summary.problem === undefined ? (await registry.verify(version)).manifest : null;
    const own = moves.filter((move) => move.version === version || move.displaced === version);
    const text = [
      versionsTable([summary]),
      ...(manifest === null
        ? []
        : [
            `parent ${manifest.parent ?? 'none'}, seed ${manifest.seed}, ${manifest.trainingWindow.examples} examples`,
            `metrics ${JSON.stringify(manifest.metrics)}`,
            `parameters ${JSON.stringify(manifest.parameters)}`,
            `checksum ${manifest.checksum}`,
          ]),
      movesTable(own),
      ...own.flatMap((move) => evidenceText(move)),
    ].join('\n\n');
    return { json: { ...summary, manifest, moves: own }, text };
  },

  async log({ place: { registry } }) {
    const moves = await registry.history(50);
    return { json: moves, text: movesTable(moves) };
  },

  async compare(request) {
    const version = named(request);
    const { state } = await request.place.registry.current();
    const beside = request.with ?? productionOf(state) ?? (await request.place.inForce());
    const report = await gatesFor(request, version, beside);
    return { json: report, text: reportText(report, version), refused: !report.passed };
  },

  async promote(request) {
    const { place, by, why, force } = request;
    const version = named(request);
    const to = stageOf(request.to);
    if (examinerOf(request) !== undefined && to !== 'production') {
      throw new MarqueeError(
        'CONFIG_INVALID',
        'what finds candidates has no shadow and no canary: --to production',
      );
    }
    if (force && why === undefined) throw new MarqueeError('CONFIG_INVALID', '--force needs a reason: --why');
    const production = await takenOver(request);
    if (production === version && to === 'production') {
      await place.publish();
      return done(
        await place.registry.current(),
        `${version} is in production already; everybody was told again.`,
      );
    }
    const report = await gatesFor(request, version, production).catch((error: unknown) => {
      if (!force) throw error;
      // Forced without an examination: that is what the record says then.
      return notExamined(error);
    });
    const printed = 'gates' in report ? `${reportText(report, version)}\n\n` : '';
    if (!report.passed && !force) {
      return { json: report, text: `${printed}Not promoted.`, refused: true };
    }
    const after = await place.registry.promote(version, {
      by,
      why: why ?? 'all gates passed',
      to,
      evidence: report,
      forced: !report.passed,
      expectedProduction: production,
      ...(to === 'canary' && { share: request.share }),
    });
    await place.publish();
    return done(after, `${printed}${version} is in stage ${to}.${WHAT_FOLLOWS[to]}`, report);
  },

  async reject(request) {
    const version = named(request);
    await takenOver(request);
    const { by, place } = request;
    const after = await place.registry.reject(version, { by, why: needed(request), evidence: null });
    await place.publish();
    return done(after, `${version} is archived; nobody is served by it any more.`);
  },

  async rollback(request) {
    const { place, by } = request;
    await takenOver(request);
    const after = await place.registry.rollback({ by, why: needed(request) }, request.to);
    await place.publish();
    return done(after, `${productionOf(after.state)} is in production again.`);
  },

  async pin(request) {
    const { place, by } = request;
    const production = await takenOver(request);
    const version = request.version ?? production ?? named(request);
    const after = await place.registry.pin(version, { by, why: needed(request) });
    return done(after, `${version} stays in production until it is unpinned or rolled back.`);
  },

  async unpin({ place, by, why }) {
    const after = await place.registry.unpin({ by, why: why ?? 'no longer needed' });
    return done(after, 'Nothing is pinned any more.');
  },

  async archive(request) {
    const version = named(request);
    await takenOver(request);
    const after = await request.place.registry.archive(version, { by: request.by, why: needed(request) });
    return done(after, `${version} is archived.`);
  },

  async holdout(request) {
    const { place, share, progress, signal } = request;
    if (examinerOf(request) !== undefined) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        'every training of what finds candidates makes a holdout of its own',
      );
    }
    const { deps, release } = await place.openHistory();
    try {
      const modelsFolder = place.registry.modelsFolder;
      const { name, set } = await buildHoldout(deps, { modelsFolder, share, seed: SEED, progress, signal });
      const { rows, from, to } = set;
      const text = `Holdout set ${name}: ${rows.toLocaleString('en-GB')} examples from ${from} to ${to}.`;
      return { json: { name, rows, from, to }, text };
    } finally {
      release();
    }
  },
};

/** What serves is known to the registry before anything is moved. */
async function takenOver({ place: { registry, inForce } }: ModelsRequest): Promise<string | undefined> {
  const serving = await inForce();
  if (serving !== undefined) {
    const reason: Reason = { by: 'marquee', why: 'in force without the registry having been asked' };
    await registry.adopt(serving, reason);
  }
  return productionOf((await registry.current()).state);
}

function notExamined(error: unknown): { readonly passed: false; readonly notExamined: string } {
  return { passed: false, notExamined: error instanceof Error ? error.message : String(error) };
}

function done({ revision, state }: RegistryRevision, text: string, report?: unknown): ModelsAnswer {
  const production = productionOf(state) ?? null;
  return {
    json: { revision, production, pinned: state.pinned, ...(report !== undefined && { report }) },
    text,
  };
}

function named({ version }: ModelsRequest): string {
  if (version === undefined) throw new MarqueeError('CONFIG_INVALID', 'name a version; see --help');
  return version;
}

function needed({ why }: ModelsRequest): string {
  if (why === undefined) throw new MarqueeError('CONFIG_INVALID', 'say why: --why "..."; it is recorded');
  return why;
}

function stageOf(to = 'production'): 'shadow' | 'canary' | 'production' {
  if (to === 'shadow' || to === 'canary' || to === 'production') return to;
  throw new MarqueeError('CONFIG_INVALID', `--to must be shadow, canary or production, not "${to}"`);
}
