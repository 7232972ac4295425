/** `npm run gateway`: files → gateway → listen → drain → stop. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createLogger, keepCompiledCode, MarqueeError, runProcess } from '@marquee/service-kit';
import { HELP, readCommandLine, workingFolder } from './command-line.ts';

await runProcess(async (signal) => {
  const line = readCommandLine(process.argv.slice(2));
  if (line.help) {
    process.stdout.write(HELP);
    return;
  }
  if (line.supergraph === undefined) {
    throw new MarqueeError('CONFIG_INVALID', '--supergraph FILE is needed (--help says more)');
  }
  const folder = workingFolder(process.env, process.cwd());
  const supergraphSdl = await textOf(resolve(folder, line.supergraph), '--supergraph');
  const config =
    line.config === undefined ? undefined : await textOf(resolve(folder, line.config), '--config');
  keepCompiledCode(process.env);
  const { createMetrics, createTracing, loadTelemetryConfig } = await import('@marquee/service-kit/service');
  const { variantFolder } = await import('../federation/variants/published-variant.ts');
  const { createSupergraphLifecycle } = await import('../federation/supergraph-lifecycle.ts');
  const { supergraphFile } = await import('../federation/supergraph-source.ts');
  const { parseGatewayFile, withPaths } = await import('./gateway-file.ts');
  const { assertKnown, checkSupergraph, createSupergraphGateway } = await import('./serve-supergraph.ts');
  const read = parseGatewayFile(config ?? '', line.config ?? '');
  const listen = { host: line.host ?? read.listen.host, port: line.port ?? read.listen.port };
  const file = withPaths({ ...read, listen }, folder);
  if (line.check) {
    const names = checkSupergraph(supergraphSdl, file);
    process.stdout.write(`${line.supergraph} can be served: ${names.join(', ')}\n`);
    return;
  }
  assertKnown(supergraphSdl, file);
  const { development, explorer } = line;
  const logger = createLogger({ service: 'gateway', level: file.logLevel });
  const metrics = createMetrics('gateway');
  const telemetry = loadTelemetryConfig(process.env);
  const tracing = await createTracing(telemetry, { service: 'gateway', logger, metrics });
  const variants = file.variants.folder ?? variantFolder(line.supergraph);
  const supergraph = createSupergraphLifecycle({
    source: supergraphFile({ path: resolve(folder, line.supergraph) }),
    // The gateway itself refuses what it cannot serve, the first one too.
    check: () => undefined,
    now: Date.now,
    ...{ logger, metrics },
  });
  await supergraph.start();
  const service = {
    ...{ supergraphSdl: supergraph.first, supergraph, file, development, explorer, metrics, tracing },
    variantFolder: resolve(folder, variants),
  };
  const gateway = createSupergraphGateway(service, logger);
  await gateway.start();
  if (!signal.aborted) {
    process.stdout.write(`serving ${line.supergraph} at ${gateway.url()}/graphql\n`);
    await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  }
  await gateway.stop();
  await supergraph.stop();
  await tracing?.stop();
});

async function textOf(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as { code?: string };
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new MarqueeError('CONFIG_INVALID', { message: `${flag}: ${path}: ${why}`, cause });
  }
}
