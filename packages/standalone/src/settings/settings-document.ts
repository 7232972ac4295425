/**
 * Every environment variable of every process as the page that people read. `docs/settings.md` is this function's output,
 * made from the schemas that processes parse their environment with and from the comments in front of their variables.
 */
import { z } from 'zod';

/** What one process parses, schema by schema, and what it takes as given where its environment says nothing. */
export interface ProcessSettings {
  readonly process: string;
  readonly schemas: readonly {
    readonly schema: z.ZodObject;
    readonly usual: Readonly<Record<string, string>>;
  }[];
}

interface Setting {
  readonly name: string;
  readonly values: string;
  readonly fallback: string;
  readonly processes: string[];
}

interface Described {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** Read by this many of the processes: a table of its own, the first. */
const COMMON = 0.75;

/**
 * @param meanings what a variable is for, by its name; see `meaningsIn`.
 * @throws Error naming the variables that nothing is said of.
 */
export function settingsDocument(
  processes: readonly ProcessSettings[],
  meanings: ReadonlyMap<string, string>,
): string {
  const settings = collect(processes);
  const unexplained = settings.filter(({ name }) => !meanings.has(name)).map(({ name }) => name);
  if (unexplained.length > 0) {
    throw new Error(`no comment stands in front of ${[...new Set(unexplained)].join(', ')}`);
  }
  const tables = Map.groupBy(settings, ({ processes: readers }) =>
    readers.length >= COMMON * processes.length ? 'Most processes' : readers.join(', '),
  );
  const names = [...tables.keys()].sort(
    (a, b) => tables.get(b)![0]!.processes.length - tables.get(a)![0]!.processes.length || (a < b ? -1 : 1),
  );
  return [
    '# Settings',
    '',
    'Generated from what the processes parse; nothing else reads the environment. A process that is given a value it cannot use names every',
    'such variable and does not start. An empty value is none. `standalone` is `npm start`; the others are the processes of an',
    'installation. *Default* is what holds where the environment says nothing: *required* ones have to be said.',
    ...names.flatMap((name) => ['', `## ${name}`, '', ...tableOf(tables.get(name)!, meanings)]),
    '',
  ].join('\n');
}

function tableOf(settings: readonly Setting[], meanings: ReadonlyMap<string, string>): string[] {
  return [
    '| variable | values | default | meaning |',
    '|---|---|---|---|',
    ...settings.map(
      ({ name, values, fallback }) =>
        `| \`${name}\` | ${values} | ${fallback} | ${cell(meanings.get(name)!)} |`,
    ),
  ];
}

/** A setting per variable, and one more where processes differ in what they take it to be. */
function collect(processes: readonly ProcessSettings[]): Setting[] {
  const settings = new Map<string, Setting>();
  for (const { process, schemas } of processes) {
    for (const { schema, usual } of schemas) {
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      for (const [name, type] of Object.entries(schema.shape)) {
        const described = properties[name] as Described;
        const values = cell(valuesOf(described));
        const fallback = cell(defaultOf(usual[name] ?? described.default, type as z.ZodType));
        const key = `${name} ${values} ${fallback}`;
        const known = settings.get(key);
        if (known === undefined) settings.set(key, { name, values, fallback, processes: [process] });
        else if (!known.processes.includes(process)) known.processes.push(process);
      }
    }
  }
  return [...settings.values()];
}

function valuesOf({ enum: choices, const: only, type, format, minimum, maximum }: Described): string {
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (only !== undefined) return `\`${only}\``;
  if (type !== 'integer' && type !== 'number') return format ?? 'text';
  const kind = type === 'integer' ? 'whole number' : 'number';
  const from = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : ` from ${figure(minimum)}`;
  const to = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${figure(maximum)}`;
  return `${kind}${from}${to}`;
}

function defaultOf(value: unknown, type: z.ZodType): string {
  if (value !== undefined) return value === '' ? 'empty' : `\`${value}\``;
  return type.safeParse(undefined).success ? 'none' : '*required*';
}

function figure(value: number): string {
  return value.toLocaleString('en');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/**
 * Comments in front of variables, each of the one behind it.
 * @param source of a module that declares variables.
 */
export function meaningsIn(source: string): Map<string, string> {
  const meanings = new Map<string, string>();
  let comment: string[] | undefined;
  let isOpen = false;
  for (const line of source.split('\n')) {
    const text = line.trim();
    const variable = /^ {2}([A-Z][A-Z0-9_]+)(?=:|,$)/.exec(line)?.[1];
    if (isOpen || text.startsWith('/**')) {
      if (!isOpen) comment = [];
      comment?.push(
        text
          .replace(/^\/?\*+\/?/, '')
          .replace(/\*\/$/, '')
          .trim(),
      );
      isOpen = !text.endsWith('*/');
    } else if (variable !== undefined) {
      if (comment !== undefined) meanings.set(variable, comment.join(' ').trim());
      comment = undefined;
    } else if (/^\S/.test(line)) {
      comment = undefined;
    }
  }
  return meanings;
}
