/** Requests at a fixed rate, whether the ones before have been answered or not; loopback only. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface OpenLoopSample {
  /** From when it was due, so that what waited in this process counts too. */
  readonly ms: number;
  readonly ok: boolean;
}

export interface OpenLoop {
  readonly url: string;
  readonly body: string;
  /** Whether an answer is what it should be. */
  isRight(status: number, text: string): boolean;
}

const MAX_OPEN = 500;
const agent = new Agent({ keepAlive: true, maxSockets: MAX_OPEN });

export async function openLoop(
  load: OpenLoop,
  perSecond: number,
  seconds: number,
): Promise<OpenLoopSample[]> {
  const samples: OpenLoopSample[] = [];
  const open = new Set<Promise<void>>();
  const began = performance.now();
  const end = began + seconds * 1_000;
  for (let sent = 0; performance.now() < end; ) {
    const due = began + (sent / perSecond) * 1_000;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    sent++;
    const one: Promise<void> = send(load).then((ok) => {
      samples.push({ ok, ms: performance.now() - due });
      open.delete(one);
    });
    open.add(one);
  }
  await Promise.all(open);
  return samples;
}

/** Answers per second that so many clients in a closed loop get. */
export async function capacityOf(load: OpenLoop, clients: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) if (await send(load)) answered++;
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answered / seconds;
}

function send({ url, body, isRight }: OpenLoop): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(`${url}/graphql`, { method: 'POST', agent, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(isRight(incoming.statusCode ?? 0, text)));
    });
    outgoing.on('error', () => resolve(false));
    outgoing.end(body);
  });
}

export function closeOpenLoop(): void {
  agent.destroy();
}

export function percentileOf(samples: readonly OpenLoopSample[], p: number): number {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}
