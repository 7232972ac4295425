/**
 * The versions of one line of models in a folder, and the record of every move between stages.
 *
 *     <models>/<version>/                 manifest.json, evaluation.json, and what it serves from: model.onnx
 *     <models>/.registry/<line>/00000001.json ...   one move each; none is ever changed or removed
 *
 * A record comes into being by one `link`, so a crash leaves all of it or nothing, and of two writers one is asked again with what
 * the other wrote. Needs no server: what processes are told is read from here.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import { type ModelManifest, readModelFolder } from '@marquee/model-runtime';
import { MarqueeError, RevisionFolder } from '@marquee/service-kit';
import * as moves from './stages/moves.ts';
import {
  type Move,
  NOTHING_REGISTERED,
  productionOf,
  type RegistryRecord,
  type RegistryState,
  recordSchema,
} from './stages/registry-state.ts';

/** One folder below the models' folder, never a path out of it. */
const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** What every version says of itself, whatever it serves from. */
export type VersionManifest = Pick<
  ModelManifest,
  | 'name'
  | 'version'
  | 'createdAt'
  | 'featureViews'
  | 'trainingWindow'
  | 'metrics'
  | 'parameters'
  | 'seed'
  | 'checksum'
  | 'parent'
>;

/**
 * Reads a version that is whole. The file that its checksum speaks of was compared with it.
 * @throws MarqueeError MODEL_INCOMPATIBLE naming what is missing or damaged
 */
export type ReadVersion<Manifest> = (folder: string) => Promise<{ readonly manifest: Manifest }>;

export interface ModelRegistryOptions<Manifest = ModelManifest> {
  /** Holds a folder per version. */
  readonly modelsFolder: string;
  /** What the versions are versions of. Default "ranking". */
  readonly line?: string;
  /** Folders that belong to another line. */
  readonly isForeign?: (folder: string) => boolean;
  /** Of another kind of version than model folders; a registry of those needs none. */
  readonly read?: ReadVersion<Manifest>;
  readonly clock: Clock;
}

export interface Reason {
  readonly by: string;
  readonly why: string;
}

export interface RegistryRevision {
  /** Number of moves so far. */
  readonly revision: number;
  readonly state: RegistryState;
}

export interface RecordedMove extends Move {
  readonly revision: number;
}

export class ModelRegistry<Manifest extends VersionManifest = ModelManifest> {
  readonly modelsFolder: string;
  readonly #options: ModelRegistryOptions<Manifest>;
  readonly #read: ReadVersion<Manifest>;
  readonly #records: RevisionFolder<RegistryRecord | null>;

  constructor(options: ModelRegistryOptions<Manifest>) {
    const { modelsFolder, line = 'ranking' } = options;
    this.modelsFolder = modelsFolder;
    this.#options = options;
    // Whoever wants another manifest says how it is read.
    this.#read = options.read ?? (readModelFolder as ReadVersion<VersionManifest> as ReadVersion<Manifest>);
    this.#records = new RevisionFolder<RegistryRecord | null>({
      path: join(modelsFolder, '.registry', line),
      kind: `marquee-models-${line}`,
      empty: null,
      kept: Number.POSITIVE_INFINITY,
      parse: (value) => recordSchema.parse(value),
    });
  }

  /** @throws MarqueeError DATA_CORRUPT naming the damaged record. */
  async current(): Promise<RegistryRevision> {
    const { revision, value } = await this.#records.latest();
    return { revision, state: value?.state ?? NOTHING_REGISTERED };
  }

  /** Number of the last move, without reading it: changes with every move. */
  async lastRevision(): Promise<number> {
    return (await this.#records.revisions()).at(-1) ?? 0;
  }

  /** The last moves, latest first. @throws MarqueeError DATA_CORRUPT */
  async history(limit = 20): Promise<readonly RecordedMove[]> {
    const revisions = (await this.#records.revisions()).slice(-limit).reverse();
    const records = await Promise.all(revisions.map((revision) => this.#records.at(revision)));
    return records.flatMap(({ revision, value }) => (value === null ? [] : [{ revision, ...value.move }]));
  }

  /** Names of all versions: those that were recorded, and those whose folders are there. Sorted. */
  async versions(): Promise<readonly string[]> {
    const { state } = await this.current();
    const entries = await readdir(this.modelsFolder, { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    const folders = entries.flatMap((entry) =>
      entry.isDirectory() && FOLDER_NAME.test(entry.name) && this.#options.isForeign?.(entry.name) !== true
        ? [entry.name]
        : [],
    );
    return [...new Set([...Object.keys(state.versions), ...folders])].sort();
  }

  /**
   * The version as it is on disk now, when it is whole and the one that was recorded.
   * @throws MarqueeError NOT_FOUND, MODEL_INCOMPATIBLE naming what is missing or damaged.
   */
  async verify(version: string): Promise<{ readonly manifest: Manifest }> {
    requireName(version);
    if (!(await this.versions()).includes(version)) {
      throw new MarqueeError('NOT_FOUND', `there is no version ${version} in ${this.modelsFolder}`);
    }
    const model = await this.#read(join(this.modelsFolder, version)).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      throw new MarqueeError('MODEL_INCOMPATIBLE', { message: `${version}: ${message}`, cause: error });
    });
    const recorded = (await this.current()).state.versions[version]?.checksum;
    if (recorded !== undefined && recorded !== model.manifest.checksum) {
      throw new MarqueeError(
        'MODEL_INCOMPATIBLE',
        `${version}: it was recorded with checksum ${recorded} and has ${model.manifest.checksum}`,
      );
    }
    return model;
  }

  register(version: string, reason: Reason): Promise<RegistryRevision> {
    return this.#move(version, (state, known) => moves.register(state, known, this.#note(reason)));
  }

  /** Does nothing when the version is known already. */
  async adopt(version: string, reason: Reason): Promise<RegistryRevision> {
    const current = await this.current();
    if (current.state.versions[version] !== undefined) return current;
    try {
      return await this.#move(version, (state, known) => {
        if (state.versions[version] !== undefined) throw new AlreadyKnown();
        return moves.adopt(state, known, this.#note(reason));
      });
    } catch (error) {
      if (error instanceof AlreadyKnown) return this.current();
      throw error;
    }
  }

  /** @param promotion.expectedProduction what the evidence compares with: CONFLICT when another one is in production by now. */
  promote(
    version: string,
    promotion: Reason &
      Omit<moves.Promotion, keyof moves.MoveNote> & { readonly expectedProduction?: string | undefined },
  ): Promise<RegistryRevision> {
    const { expectedProduction, ...rest } = promotion;
    return this.#move(version, (state, known) => {
      if (expectedProduction !== undefined && productionOf(state) !== expectedProduction) {
        throw new MarqueeError(
          'CONFLICT',
          `${productionOf(state)} is in production by now; ${version} was compared with ${expectedProduction}`,
        );
      }
      return moves.promote(state, known, { ...rest, ...this.#note(promotion) });
    });
  }

  /** Of a version that is damaged, too. @param evidence what stopped it */
  async reject(
    version: string,
    rejection: Reason & { readonly evidence: unknown },
  ): Promise<RegistryRevision> {
    const recorded = (await this.current()).state.versions[version];
    const { checksum } = recorded ?? (await this.verify(version)).manifest;
    const { evidence } = rejection;
    return this.#write((state) =>
      moves.reject(state, { name: version, checksum }, { ...this.#note(rejection), evidence }),
    );
  }

  /** @param to default: what was in production last. */
  async rollback(reason: Reason, to?: string): Promise<RegistryRevision> {
    const { state: before } = await this.current();
    const target = moves.rollbackTarget(before, to);
    const from = productionOf(before);
    return this.#move(target, (state, known) => {
      // Two people who see the same trouble go back one step, not two.
      if (productionOf(state) !== from) {
        throw new MarqueeError('CONFLICT', `${productionOf(state)} is in production by now`);
      }
      return moves.rollback(state, known, this.#note(reason));
    });
  }

  pin(version: string, reason: Reason): Promise<RegistryRevision> {
    return this.#move(version, (state, known) => moves.pin(state, known, this.#note(reason)));
  }

  unpin(reason: Reason): Promise<RegistryRevision> {
    return this.#write((state) => moves.unpin(state, this.#note(reason)));
  }

  /** Also of a version that is damaged, once it was recorded: that is one reason to archive it. */
  async archive(version: string, reason: Reason): Promise<RegistryRevision> {
    const recorded = (await this.current()).state.versions[version];
    const { checksum } = recorded ?? (await this.verify(version)).manifest;
    return this.#write((state) => moves.archive(state, { name: version, checksum }, this.#note(reason)));
  }

  /** Nothing is moved that could not be loaded. */
  async #move(
    version: string,
    move: (state: RegistryState, known: moves.KnownVersion) => RegistryRecord,
  ): Promise<RegistryRevision> {
    const { checksum } = (await this.verify(version)).manifest;
    return this.#write((state) => move(state, { name: version, checksum }));
  }

  async #write(edit: (state: RegistryState) => RegistryRecord): Promise<RegistryRevision> {
    const { revision, value } = await this.#records.change((record) =>
      edit(record?.state ?? NOTHING_REGISTERED),
    );
    return { revision, state: value!.state };
  }

  #note({ by, why }: Reason): moves.MoveNote {
    if (by.trim() === '' || why.trim() === '') {
      throw new MarqueeError('BAD_USER_INPUT', 'a move is recorded with who made it and why');
    }
    return { by, why, at: new Date(this.#options.clock.now()).toISOString() };
  }
}

class AlreadyKnown extends Error {}

function requireName(version: string): void {
  if (FOLDER_NAME.test(version)) return;
  throw new MarqueeError('BAD_USER_INPUT', `${JSON.stringify(version)} is no name of a model's version`);
}
