import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { folderOf } from '../machine/install-once.ts';
import { verifyPins } from '../parts/jar-pins.ts';
import { copyArtifact } from '../parts/maven.ts';
import type { Installer } from '../parts/part.ts';
import { PROJECT } from '../stack/folders.ts';

const VERSION = '1.0.1';
const ARTIFACT = `io.prometheus.jmx:jmx_prometheus_javaagent:${VERSION}:jar`;
const SHA256 = '7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1';
const FOLDER = folderOf(`jmx-agent-${VERSION}`, SHA256);
const CONFIG = join(PROJECT, 'deploy/prometheus/kafka-jmx.yml');

/** Fetches the agent unless it is there, and returns the path of its jar. */
export async function installJmxAgent(installer: Installer): Promise<string> {
  const directory = join(installer.parts, FOLDER);
  const jar = join(directory, `jmx_prometheus_javaagent-${VERSION}.jar`);
  await installer.install(directory, 'the JMX agent of Prometheus, 5 MB', async (temporary) => {
    await copyArtifact(installer, ARTIFACT, temporary);
    verifyPins(temporary, `${SHA256}  ${basename(jar)}\n`, 'dev/watch/jmx-agent.ts');
  });
  return jar;
}

/**
 * Loads the agent into the broker of a home while it runs, so that a broker that is not watched has no agent. Resolves once it
 * serves the metrics of the broker on `port`.
 */
export async function attachJmxAgent(installer: Installer, home: string, port: number): Promise<void> {
  const jar = await installJmxAgent(installer);
  const pid = brokerOf(home);
  if (pid === undefined) throw new Error(`no broker of ${home} runs on this machine`);
  const args = [String(pid), 'JVMTI.agent_load', jar, `127.0.0.1:${port}:${CONFIG}`];
  await installer.run('Loading the JMX agent into the broker', { file: 'jcmd', args });
}

/** The process of the broker whose settings are in a home; undefined where there is none, or no /proc. */
function brokerOf(home: string): number | undefined {
  const settings = join(home, 'data/kafka/server.properties');
  for (const name of readProcesses()) {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (line.includes('kafka.Kafka') && line.includes(settings) && line[0]?.endsWith('java')) return Number(name);
    } catch {
      // The process has ended in the meantime.
    }
  }
  return undefined;
}

function readProcesses(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
