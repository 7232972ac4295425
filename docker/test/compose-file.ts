/**
 * Reads a compose file as `docker compose` does: anchors merged, variables put in. For the checks that need no Docker;
 * the specification is https://github.com/compose-spec/compose-spec.
 */
import { readYaml } from './repository.ts';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly { type: string; source?: string; target: string; read_only?: boolean }[];
  readonly networks?: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly resources: { readonly limits: { cpus: string; memory: string } } };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly string[];
  readonly restart?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly environment: string }>>;
}

/** `$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?message}`: what our files use. */
const VARIABLE = /\$(?:\$|\{(\w+)(?:(:-|:\?)([^}]*))?\})/g;

/** @throws Error naming the variable that is required and has no value. */
export function readComposeFile(path: string, variables: Readonly<Record<string, string>>): ComposeFile {
  return substituted(readYaml(path), variables) as ComposeFile;
}

/** Without values put in, as the file's schema sees it. */
export const readRawComposeFile = (path: string): ComposeFile => readYaml(path) as ComposeFile;

/** Names of the variables that the file asks for, and of those that it cannot do without. */
export function variablesOf(text: string): { readonly all: Set<string>; readonly required: Set<string> } {
  const all = new Set<string>();
  const required = new Set<string>();
  for (const [, name, operator] of text.matchAll(VARIABLE)) {
    if (name === undefined) continue;
    all.add(name);
    if (operator === ':?') required.add(name);
  }
  return { all, required };
}

function substituted(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return substitute(value, variables);
  if (Array.isArray(value)) return value.map((item) => substituted(item, variables));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substituted(item, variables)]));
}

function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (_match, name?: string, operator?: string, rest?: string) => {
    if (name === undefined) return '$';
    const value = variables[name] ?? '';
    if (value !== '' || operator === undefined) return value;
    if (operator === ':-') return rest ?? '';
    throw new Error(`required variable ${name} is missing a value: ${rest}`);
  });
}

/** The lines `NAME=value` of an environment file. */
export function environmentFile(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name as string, value as string]));
}
