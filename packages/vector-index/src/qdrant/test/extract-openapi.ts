/**
 * Cuts Qdrant's own OpenAPI description down to what the adapter uses:
 * `node extract-openapi.ts <openapi.json>` writes qdrant-openapi.json beside this file. Run it with a newer
 * description to see whether the adapter still speaks its language.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const USED = [
  'GET /aliases',
  'POST /collections/aliases',
  'GET /collections/{collection_name}',
  'PUT /collections/{collection_name}',
  'DELETE /collections/{collection_name}',
  'PUT /collections/{collection_name}/index',
  'PUT /collections/{collection_name}/points',
  'POST /collections/{collection_name}/points',
  'POST /collections/{collection_name}/points/delete',
  'POST /collections/{collection_name}/points/count',
  'POST /collections/{collection_name}/points/query',
  'POST /collections/{collection_name}/points/query/batch',
];

type Json = Record<string, unknown>;
interface Description {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Record<string, Record<string, Json>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('give the file of the description');
const full = JSON.parse(readFileSync(file, 'utf8')) as Description;

const paths: Record<string, Record<string, Json>> = {};
for (const use of USED) {
  const [method, path] = use.split(' ') as [string, string];
  const operation = full.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${use} is not described`);
  paths[path] = { ...paths[path], [method.toLowerCase()]: withoutWords(operation) as Json };
}

const schemas: Record<string, Json> = {};
const queue: unknown[] = [paths];
while (queue.length > 0) {
  for (const name of referencesOf(queue.pop())) {
    const schema = full.components.schemas[name];
    if (schema === undefined || schemas[name] !== undefined) continue;
    schemas[name] = withoutWords(schema) as Json;
    queue.push(schema);
  }
}

const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
const cut = {
  openapi: full.openapi,
  info: { title: full.info.title, license: full.info.license },
  paths,
  components: { schemas: sorted },
};
writeFileSync(new URL('./qdrant-openapi.json', import.meta.url), `${JSON.stringify(cut, null, 1)}\n`);

function referencesOf(value: unknown): string[] {
  const text = JSON.stringify(value);
  return [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] as string);
}

/** Descriptions and examples are half of the text and constrain nothing. */
function withoutWords(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutWords(entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // Under `properties` every key is a name of the data, also `description`.
      .filter(
        ([name]) => key === 'properties' || !['description', 'example', 'examples', 'tags'].includes(name),
      )
      .map(([name, entry]) => [name, withoutWords(entry, name)]),
  );
}
