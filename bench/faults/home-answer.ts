/** What became of one request for a home page, told by its answer alone. */
import type { Sent } from './load-balancer.ts';

/**
 * `full`: every row and title, nothing missing. `degraded`: rows, and the answer says what it went without. `partial`: rows,
 * and errors for some fields. `shed`: refused with 429 or 503. `cut`: the gateway that had it died. `failed`: no rows.
 */
export type HomeOutcome = 'full' | 'degraded' | 'partial' | 'shed' | 'cut' | 'failed';

export interface HomeAnswer {
  readonly outcome: HomeOutcome;
  /** Lowest step of the ladder that served, e.g. `POPULAR_IN_SEGMENT`; undefined for a full page. */
  readonly step?: string;
  /** Codes of degradations and errors. */
  readonly codes: readonly string[];
  /** For what went wrong. */
  readonly detail?: string;
}

interface Body {
  readonly data?: {
    readonly home?: {
      readonly rows: {
        readonly nodes: readonly { readonly items: { readonly nodes: readonly unknown[] } }[];
      };
      readonly degradations: readonly {
        readonly code: string;
        readonly step: string;
        readonly component: string;
      }[];
    } | null;
  } | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

const LADDER = ['WITHOUT_SOURCE', 'WITHOUT_RANKER', 'CACHED_SLATE', 'POPULAR_IN_SEGMENT', 'STATIC_EDITORIAL'];
/** Little to show is no fault. */
const SCARCITY: ReadonlySet<string> = new Set(['NO_CANDIDATES', 'FEW_CANDIDATES']);

export function readHome({ delivery }: Sent): HomeAnswer {
  if (delivery.kind !== 'answered') {
    const outcome = delivery.kind === 'cut' ? 'cut' : 'failed';
    return { outcome, codes: [delivery.kind], detail: delivery.reason };
  }
  const { status, body } = delivery;
  if (status === 429 || status === 503)
    return { outcome: 'shed', codes: [`HTTP ${status}`], detail: body.slice(0, 300) };
  let answer: Body;
  try {
    answer = JSON.parse(body) as Body;
  } catch {
    return { outcome: 'failed', codes: [`HTTP ${status}`], detail: body.slice(0, 300) };
  }
  const errors = answer.errors ?? [];
  const errorCodes = [...new Set(errors.map(({ extensions }) => extensions?.code ?? 'NO_CODE'))];
  const detail = errors.length === 0 ? {} : { detail: JSON.stringify(errors.slice(0, 2)).slice(0, 500) };
  const home = answer.data?.home;
  if (home == null || !home.rows.nodes.some(({ items }) => items.nodes.length > 0)) {
    return { outcome: 'failed', codes: errorCodes.length > 0 ? errorCodes : ['NO_ROWS'], ...detail };
  }
  const degradations = home.degradations.filter(({ code }) => !SCARCITY.has(code));
  const [step] = degradations.map((one) => one.step).sort((a, b) => LADDER.indexOf(b) - LADDER.indexOf(a));
  const codes = [
    ...errorCodes,
    ...new Set(degradations.map(({ code, component }) => `${code}(${component})`)),
  ];
  const outcome = errors.length > 0 ? 'partial' : degradations.length > 0 ? 'degraded' : 'full';
  return { outcome, codes, ...(step === undefined ? {} : { step }), ...detail };
}
