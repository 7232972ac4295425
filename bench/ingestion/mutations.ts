/**
 * A mutation from its client's side: somebody hides a title of their home page through a gateway of a distributed
 * installation. How long its answer takes, and whether the very next home page, from whichever copy, is without it.
 */
import { startMarquee } from '@marquee/testkit';
import { allTitles, createClient } from '../../packages/standalone/src/end-to-end/client.ts';
import { percentile } from '../closed-loop.ts';

export interface MutationTimes {
  readonly clients: number;
  readonly mutations: number;
  readonly answer: { readonly p50: number; readonly p99: number };
  readonly home: { readonly p50: number; readonly p99: number };
  /** Homes that still showed the title: what each of them said of itself, and how long the mutation had taken. */
  readonly stale: readonly string[];
}

export interface MutationOptions {
  readonly dataDirectory: string;
  /** Of each number of clients. */
  readonly mutations: number;
  readonly clients: readonly number[];
  readonly materializers: number;
  readonly progress: (text: string) => void;
}

const WARM_UP = 20;

export async function measureMutations(options: MutationOptions): Promise<readonly MutationTimes[]> {
  const { dataDirectory, progress, materializers, mutations } = options;
  progress('a distributed installation is being prepared and started (a minute or two)');
  const marquee = await startMarquee({
    dataDirectory,
    profile: 'distributed',
    args: ['--profiles', '500', '--materializers', `${materializers}`],
    readyWithinMs: 300_000,
  });
  try {
    const urls = [...marquee.output.matchAll(/(http:\/\/\S+)\/graphql/g)].map(([, url]) => url!);
    const personas = (await (await fetch(`${marquee.url}/personas`)).json()) as { id: string }[];
    await hideTitles(urls, personas, 1, WARM_UP);
    const times: MutationTimes[] = [];
    for (const clients of options.clients) {
      progress(`${mutations} mutations by ${clients} clients`);
      times.push(await hideTitles(urls, personas, clients, mutations));
    }
    return times;
  } finally {
    await marquee.end('SIGTERM');
  }
}

async function hideTitles(
  urls: readonly string[],
  personas: readonly { readonly id: string }[],
  clients: number,
  mutations: number,
): Promise<MutationTimes> {
  const answers: number[] = [];
  const homes: number[] = [];
  const stale: string[] = [];
  let next = 0;
  async function client(place: number): Promise<void> {
    // A persona belongs to one client at a time, so that what it hides is what it saw.
    const mine = personas.filter((_, i) => i % clients === place);
    for (let i = next++; i < mutations; i = next++) {
      const profileId = mine[i % mine.length]!.id;
      const [asking, mutating, looking] = [0, 1, 2].map((n) =>
        createClient(urls[(i + n) % urls.length]!, profileId),
      );
      const titleId = allTitles(await asking!.home())[0];
      if (titleId === undefined) throw new Error('a home page without titles');
      const sentAt = performance.now();
      const errors = await mutating!.hide(titleId);
      const answeredMs = performance.now() - sentAt;
      answers.push(answeredMs);
      if (errors.length > 0) throw new Error(JSON.stringify(errors));
      const askedAt = performance.now();
      const after = await looking!.home();
      homes.push(performance.now() - askedAt);
      if (!allTitles(after).includes(titleId)) continue;
      const degraded = after.degradations.map(({ code, step }) => `${step} ${code}`).join(', ');
      stale.push(`${degraded === '' ? 'not degraded' : degraded}, answered in ${answeredMs.toFixed(0)} ms`);
    }
  }
  await Promise.all(Array.from({ length: Math.min(clients, personas.length) }, (_, place) => client(place)));
  return { clients, mutations, answer: quantiles(answers), home: quantiles(homes), stale };
}

function quantiles(times: readonly number[]): { p50: number; p99: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { p50: percentile(sorted, 50), p99: percentile(sorted, 99) };
}
