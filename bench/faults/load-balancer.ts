/**
 * What stands in front of several gateways: takes turns between those that say they are ready, and sends a request that
 * no gateway has taken to another one. Like any balancer it repeats nothing that a gateway may have begun to work on.
 */
import { Pool } from 'undici';

/** `cut`: the connection broke after the request was sent, so a gateway took it and died with it. */
export type Delivery =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'cut' | 'timed-out' | 'refused'; readonly reason: string };

export interface Sent {
  readonly delivery: Delivery;
  /** The gateway that took it last. */
  readonly gateway: string;
  /** Gateways that refused the connection before one took it. */
  readonly refusals: number;
}

interface Backend {
  readonly name: string;
  readonly pool: Pool;
  up: boolean;
}

const CHECK_EVERY_MS = 200;
const CHECK_WITHIN_MS = 1_000;
const CONNECTIONS = 256;
/** As long as a patient app waits. */
const TIMEOUT_MS = 15_000;
const NOT_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'EPIPE']);

export class LoadBalancer {
  readonly #backends: readonly Backend[];
  #turn = 0;
  #checks: NodeJS.Timeout[] = [];

  constructor(gateways: readonly { readonly name: string; readonly url: string }[]) {
    this.#backends = gateways.map(({ name, url }) => ({
      name,
      up: true,
      pool: new Pool(url, { connections: CONNECTIONS, connect: { timeout: 1_000 }, keepAliveTimeout: 2_000 }),
    }));
  }

  start(): void {
    this.#checks = this.#backends.map((backend) =>
      setInterval(() => void this.#check(backend), CHECK_EVERY_MS),
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.#checks) clearInterval(timer);
    await Promise.all(this.#backends.map(({ pool }) => pool.destroy()));
  }

  async send(body: string, headers: Readonly<Record<string, string>>): Promise<Sent> {
    const tried = new Set<Backend>();
    for (;;) {
      const backend = this.#next(tried);
      tried.add(backend);
      const delivery = await deliver(backend, body, headers);
      if (delivery.kind === 'refused') backend.up = false;
      if (delivery.kind !== 'refused' || tried.size === this.#backends.length) {
        const refusals = delivery.kind === 'refused' ? tried.size : tried.size - 1;
        return { delivery, gateway: backend.name, refusals };
      }
    }
  }

  /** Those that are down come last: a refusal is worse than a try. */
  #next(except: ReadonlySet<Backend>): Backend {
    const start = this.#turn++;
    const inTurn = this.#backends.map(
      (_, i) => this.#backends[(start + i) % this.#backends.length] as Backend,
    );
    const left = inTurn.filter((backend) => !except.has(backend));
    return left.find(({ up }) => up) ?? (left[0] as Backend);
  }

  async #check(backend: Backend): Promise<void> {
    try {
      const signal = AbortSignal.timeout(CHECK_WITHIN_MS);
      const answer = await backend.pool.request({ method: 'GET', path: '/ready', signal });
      await answer.body.dump();
      backend.up = answer.statusCode === 200;
    } catch {
      backend.up = false;
    }
  }
}

async function deliver(
  { pool }: Backend,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Delivery> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { kind: 'answered', status: answer.statusCode, body: await answer.body.text() };
  } catch (error) {
    const { code = '', name, message } = error as { code?: string; name: string; message: string };
    const reason = code === '' ? message : `${code} ${message}`;
    if (name === 'TimeoutError' || name === 'AbortError') return { kind: 'timed-out', reason };
    return { kind: NOT_SENT.has(code) ? 'refused' : 'cut', reason };
  }
}
