/** What the command is told in words: flags, and where relative files are. */
import { type Environment, MarqueeError, parseCommandLine } from '@marquee/service-kit';

export const HELP = `npm run gateway -- --supergraph FILE [options]: serves any Federation 2 supergraph at /graphql

  --supergraph FILE   composed supergraph; subgraphs are asked at the addresses it has, or those of --config. Followed:
                      another one in its place is taken up, a broken one is refused and named by /ready
  --config FILE       YAML or JSON; gateway/README.md has every setting
  --host HOST         where to listen, default 127.0.0.1
  --port N            default 4000; 0 picks a free one
  --development       introspection, schema details in messages and errors of subgraphs are for everybody
  --explorer          a GraphQL editor at /explorer; only with --development
  --check             read and check both files, and stop
  --help              this text

Beside /graphql it answers /health (alive), /ready (may be sent requests) and /metrics (Prometheus).
SIGTERM and SIGINT let requests in flight finish.
`;

export interface CommandLine {
  readonly help: boolean;
  readonly check: boolean;
  readonly supergraph: string | undefined;
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly development: boolean;
  readonly explorer: boolean;
}

/** @throws MarqueeError CONFIG_INVALID for flags that do not exist or have no usable value. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseCommandLine({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      supergraph: { type: 'string' },
      config: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      development: { type: 'boolean', default: false },
      explorer: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    help: values.help,
    check: values.check,
    supergraph: values.supergraph,
    config: values.config,
    host: values.host,
    port: values.port === undefined ? undefined : portOf(values.port),
    development: values.development,
    explorer: values.explorer,
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new MarqueeError('CONFIG_INVALID', `--port: "${text}" is not a port, which are 0 to 65535`);
}

/** npm runs scripts in the project's folder and says where it was called from. */
export function workingFolder(environment: Environment, current: string): string {
  return environment.npm_lifecycle_event === 'gateway' ? (environment.INIT_CWD ?? current) : current;
}
