/** One input that somebody will try, what has to come of it, and how that is measured. */
import type { AttackedGateway } from './attacked-gateway.ts';

export interface Reply {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

export interface Attack {
  readonly group: string;
  readonly name: string;
  fire(gateway: AttackedGateway): Promise<Reply>;
  /** Of the first error; or what else is true of the reply. */
  readonly expected: string | ((reply: Reply) => boolean);
  /** The statuses that may be. */
  readonly status: readonly number[];
  /** Default 1,000 ms beyond what the gateway's own time-outs allow. */
  readonly withinMs?: number;
}

export interface Outcome {
  readonly status: number;
  /** Codes of the errors, each once; `-` for an answer without any. */
  readonly codes: string;
  readonly ms: number;
  /** Of the whole process, the attacker included, after collecting garbage. */
  readonly heapGrowthKiB: number;
  readonly text: string;
}

export async function measured(
  attack: Attack,
  gateway: AttackedGateway,
  collectGarbage: () => void = () => undefined,
): Promise<Outcome> {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  const { status, text } = await attack.fire(gateway);
  const ms = performance.now() - startedAt;
  collectGarbage();
  const heapGrowthKiB = Math.round((process.memoryUsage().heapUsed - before) / 1_024);
  return { status, codes: codesOf(text), ms, heapGrowthKiB, text };
}

export function codesOf(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { extensions?: { code?: string } }[] };
    return [...new Set((errors ?? []).map(({ extensions }) => extensions?.code ?? '?'))].join(', ') || '-';
  } catch {
    return text === '' ? '' : 'not JSON';
  }
}

export async function post(
  { url }: AttackedGateway,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** Sends an operation. */
export function operation(
  query: string,
  more: Record<string, unknown> = {},
  headers?: Record<string, string>,
) {
  return (gateway: AttackedGateway): Promise<Reply> => post(gateway, { query, ...more }, headers);
}
