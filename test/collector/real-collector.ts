import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toYaml } from '../../deploy/yaml.ts';
import { startGuarded } from '../../dev/machine/guard.ts';
import { folderOf } from '../../dev/machine/install-once.ts';
import { bareEnvironment } from '../../dev/stack/bare-environment.ts';
import { PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { createTestInstaller } from '../runner/test-installer.ts';
import type { OtlpSpan } from '../support/collector.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const SOURCES = join(import.meta.dirname, 'tools');
const START_MS = 120_000;

export interface RealCollector {
  /** OTLP over HTTP. */
  readonly url: string;
  /** The spans that it has written so far. */
  spans(): readonly OtlpSpan[];
  stop(): Promise<void>;
}

/** Builds the collector from its Go modules, unless it was built before. @returns its path. */
async function buildCollector(): Promise<string> {
  const pins = ['go.mod', 'go.sum', 'main.go'].map((name) => readFileSync(join(SOURCES, name), 'utf8'));
  const folder = join(PARTS_FOLDER, folderOf('collector', ...pins));
  const installer = createTestInstaller('collector');
  await installer.install(folder, 'the collector of OpenTelemetry', async (temporary) => {
    await installer.run('Building the collector of OpenTelemetry', {
      file: 'go',
      args: ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(temporary, 'collector'), '.'],
      environment: process.env,
      cwd: SOURCES,
    });
  });
  return join(folder, 'collector');
}

interface WrittenLine {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

/** Starts the collector of OpenTelemetry on a port of this machine. */
export async function startRealCollector(): Promise<RealCollector> {
  const file = await buildCollector();
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-collector-'));
  const port = await freePort();
  const written = join(folder, 'spans.json');
  const settings = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    processors: { batch: { timeout: '200ms' } },
    exporters: { file: { path: written, flush_interval: '200ms' } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['file'] } },
    },
  };
  const config = join(folder, 'collector.yml');
  writeFileSync(config, toYaml(settings));
  const server = startGuarded({
    file,
    args: [`--config=file:${config}`],
    environment: bareEnvironment(process.env),
    cwd: folder,
    logPath: join(folder, 'collector.log'),
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('the collector listens', START_MS, async () => {
      const answer = await fetch(`${url}/v1/traces`, { method: 'POST', body: '{}', headers: JSON_TYPE });
      return answer.ok;
    });
  } catch (error) {
    const log = readFileSync(join(folder, 'collector.log'), 'utf8');
    await stop();
    throw new Error(`the collector did not start:\n${log}`, { cause: error });
  }
  return {
    url,
    spans: () =>
      readFileSync(written, 'utf8')
        .split('\n')
        // The last line may not be whole yet.
        .slice(0, -1)
        .map((line) => JSON.parse(line) as WrittenLine)
        .flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
        .flatMap(({ spans }) => spans),
    stop,
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
