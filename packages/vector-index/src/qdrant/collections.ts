/**
 * Collections of one index: each version is a collection of its own, and an alias of the index's name points to the live
 * one. Searches and writes go to the alias, so switching is one call of the server and nobody sees a gap.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Deadline, MarqueeError } from '@marquee/service-kit';
import type { QdrantClient } from '@qdrant/js-client-rest';
import type { QdrantTuning } from './options.ts';
import { PAYLOAD_INDEXES } from './qdrant-payload.ts';

export interface CollectionsOptions {
  readonly client: QdrantClient;
  readonly alias: string;
  readonly dimensions: number;
  readonly tuning: QdrantTuning;
}

/** Between the parts of a collection's name; versions are encoded, so it is in none of them. */
const SEPARATOR = '~';
/** Names of collections have at most 255 characters, and a version grows by a third, or by more where it is not ASCII. */
const MAX_VERSION = 40;
const SETTLE_LOOK_MS = 250;
export const INITIAL_VERSION = 'initial';

export class Collections {
  readonly #options: CollectionsOptions;

  constructor(options: CollectionsOptions) {
    this.#options = options;
  }

  /** The name of the live collection; undefined before the first. */
  async live(): Promise<string | undefined> {
    const { aliases } = await this.#options.client.getAliases();
    return aliases.find(({ alias_name }) => alias_name === this.#options.alias)?.collection_name;
  }

  /** @throws MarqueeError CONFIG_INVALID where the live collection is of another kind than the index. */
  async checkLive(name: string): Promise<void> {
    const { config } = await this.#options.client.getCollection(name);
    const vectors = config.params.vectors as { size?: number; distance?: string } | undefined;
    if (vectors?.size !== this.#options.dimensions || vectors.distance !== 'Dot') {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `collection ${name} holds ${vectors?.size} dimensions compared by ${vectors?.distance}, not ${this.#options.dimensions} by Dot`,
      );
    }
  }

  /** An empty collection with all its indexes; the names of two of one version differ. */
  async create(version: string): Promise<string> {
    const { client, alias, dimensions, tuning } = this.#options;
    if (version.length > MAX_VERSION) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `a version has at most ${MAX_VERSION} characters`,
        field: 'version',
      });
    }
    const name = [alias, encodeVersion(version), randomBytes(4).toString('hex')].join(SEPARATOR);
    await client.createCollection(name, {
      vectors: { size: dimensions, distance: 'Dot', on_disk: tuning.vectorsOnDisk },
      hnsw_config: { m: tuning.hnswM, ef_construct: tuning.hnswEfConstruct },
      ...(tuning.quantization === 'none'
        ? {}
        : { quantization_config: { scalar: { type: 'int8', quantile: 0.99, always_ram: true } } }),
      ...(tuning.indexingThresholdKb === undefined
        ? {}
        : { optimizers_config: { indexing_threshold: tuning.indexingThresholdKb } }),
      replication_factor: tuning.replicas,
      on_disk_payload: true,
    });
    for (const [field_name, field_schema] of PAYLOAD_INDEXES) {
      await client.createPayloadIndex(name, { field_name, field_schema, wait: true });
    }
    return name;
  }

  /**
   * Waits until a filled collection has its graph, for a while: before, searches compare with every point of it. One that takes longer
   * answers as well, only slower.
   */
  async settle(name: string, deadline: Deadline): Promise<void> {
    for (;;) {
      const { status } = await this.#options.client.getCollection(name);
      if (status !== 'yellow' || deadline.remainingMs() < SETTLE_LOOK_MS) return;
      await delay(SETTLE_LOOK_MS);
    }
  }

  /** Makes a collection the live one in one step, then removes what was live and what was left behind. */
  async promote(name: string): Promise<void> {
    const { client, alias } = this.#options;
    const before = await this.live();
    await client.updateCollectionAliases({
      actions: [
        ...(before === undefined ? [] : [{ delete_alias: { alias_name: alias } }]),
        { create_alias: { collection_name: name, alias_name: alias } },
      ],
    });
    // A search that began before the switch has resolved the alias already; the server lets it finish.
    if (before !== undefined && before !== name) await client.deleteCollection(before);
  }

  /** The first collection of an index. Of processes that start at once, the last one's is live and all are equal. */
  async ensure(): Promise<void> {
    const live = await this.live();
    if (live !== undefined) return this.checkLive(live);
    const name = await this.create(INITIAL_VERSION);
    const meanwhile = await this.live();
    if (meanwhile !== undefined) return void (await this.#options.client.deleteCollection(name));
    await this.promote(name);
  }

  /** The alias goes with the collection it points to. */
  async drop(): Promise<void> {
    const live = await this.live();
    if (live !== undefined) await this.#options.client.deleteCollection(live);
  }

  versionOf(name: string): string {
    return decodeVersion(name.split(SEPARATOR)[1] ?? '');
  }
}

/** Collection names may hold few characters; versions are the caller's. */
function encodeVersion(version: string): string {
  return Buffer.from(version).toString('base64url');
}

function decodeVersion(encoded: string): string {
  return Buffer.from(encoded, 'base64url').toString('utf8');
}
