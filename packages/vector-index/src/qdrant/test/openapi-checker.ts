/** Holds requests and answers against Qdrant's own description of its API. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

type Json = Record<string, unknown>;
interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean }[];
  readonly requestBody?: { content: { 'application/json': { schema: Json } } };
  readonly responses: Record<string, { content?: { 'application/json': { schema: Json } } }>;
}

export interface CheckedCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface OpenApiChecker {
  /** The path's parameters. @throws Error saying how the request differs from the description. */
  request(call: CheckedCall): { readonly template: string; readonly parameters: Record<string, string> };
  /** @throws Error saying how the answer differs from the description. */
  response(method: string, template: string, body: unknown): void;
}

export function createOpenApiChecker(): OpenApiChecker {
  const description = JSON.parse(readFileSync(new URL('./qdrant-openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
    components: Json;
  };
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'qdrant', ...(asJsonSchema({ components: description.components }) as Json) });
  const compiled = new Map<string, ValidateFunction>();

  function check(key: string, schema: Json, value: unknown): void {
    let validate = compiled.get(key);
    if (validate === undefined) {
      const text = JSON.stringify(asJsonSchema(schema)).replaceAll('"#/components', '"qdrant#/components');
      validate = ajv.compile(JSON.parse(text) as Json);
      compiled.set(key, validate);
    }
    if (!validate(value)) {
      throw new Error(
        `${key}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 2_000)}`,
      );
    }
  }

  function find(method: string, path: string) {
    for (const [template, operations] of Object.entries(description.paths)) {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
      const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`);
      const found = pattern.exec(path);
      const operation = operations[method.toLowerCase()];
      if (found === null || operation === undefined) continue;
      const values = found.slice(1).map(decodeURIComponent);
      return {
        template,
        operation,
        parameters: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])),
      };
    }
    throw new Error(`${method} ${path} is not described`);
  }

  return {
    request({ method, path, query, body }) {
      const { template, operation, parameters } = find(method, path);
      const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      for (const name of query.keys()) {
        if (!known.some((parameter) => parameter.name === name)) {
          throw new Error(`${method} ${template} has no parameter ${name}`);
        }
      }
      const schema = operation.requestBody?.content['application/json'].schema;
      if (schema !== undefined) check(`request of ${method} ${template}`, schema, body);
      return { template, parameters };
    },
    response(method, template, body) {
      const schema =
        description.paths[template]?.[method.toLowerCase()]?.responses['200']?.content?.['application/json']
          .schema;
      if (schema === undefined) throw new Error(`${method} ${template} has no described answer`);
      check(`answer of ${method} ${template}`, schema, body);
    },
  };
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has the type null. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Json;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, entry]) => [key, asJsonSchema(entry)]),
  );
  if (nullable !== true) return converted;
  return Object.keys(converted).length === 0 ? { type: 'null' } : { anyOf: [converted, { type: 'null' }] };
}
