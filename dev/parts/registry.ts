import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { folderOf } from '../machine/install-once.ts';
import { askHttp } from './ask-http.ts';
import { databaseUrl, ensureDatabase } from './database.ts';
import { startHostGuard } from './host-guard.ts';
import { verifyPins } from './jar-pins.ts';
import { QUICK_START } from './jvm.ts';
import { copyArtifact } from './maven.ts';
import type { Part } from './part.ts';

const VERSION = '3.0.9';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const SHA256 = '2b28181501a20cbf6efcd77f9b7153908fc01f3d3a7c32024c0bd9e1b04c8a43';
const FOLDER = folderOf(`apicurio-registry-${VERSION}`, SHA256);
const DATABASE = 'registry';
const API = '/apis/ccompat/v7';

/** Apicurio, which serves the API of the Confluent schema registry. Its schemas are in Postgres, so ids survive restarts. */
export const registry: Part = {
  name: 'registry',
  title: `Apicurio registry ${VERSION}`,
  variable: 'SCHEMA_REGISTRY_URL',
  companions: [],
  needs: ['postgres'],
  prerequisites: { run: ['java'], install: ['maven'] },
  // The port of the guard, and that of the server behind it.
  ports: [8081, 8181],
  folder: FOLDER,

  variables: ([port]) => ({ SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}${API}` }),

  async install(installer) {
    await installer.install(join(installer.parts, FOLDER), 'its archive, 109 MB', async (temporary) => {
      await copyArtifact(installer, ARTIFACT, temporary);
      const archive = join(temporary, `apicurio-registry-app-${VERSION}-all.tar.gz`);
      verifyPins(temporary, `${SHA256}  ${basename(archive)}\n`, 'dev/parts/registry.ts');
      await installer.run('Unpacking the registry', {
        file: 'tar',
        args: ['xzf', archive, '-C', temporary],
        cwd: temporary,
      });
      rmSync(archive);
    });
  },

  async boot(site) {
    const server = site.variables.DATABASE_URL ?? '';
    await ensureDatabase(server, DATABASE);
    const url = databaseUrl(server, DATABASE);
    const options = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': site.ports[1],
      'apicurio.storage.kind': 'sql',
      'apicurio.storage.sql.kind': 'postgresql',
      'apicurio.datasource.url': `jdbc:postgresql://${url.host}${url.pathname}${url.search}`,
    };
    mkdirSync(site.data, { recursive: true });
    await site.start({
      file: 'java',
      args: [
        ...QUICK_START,
        '-Xmx384m',
        ...Object.entries(options).map(([name, value]) => `-D${name}=${value}`),
        '-jar',
        join(site.parts, FOLDER, `apicurio-registry-app-${VERSION}-runner.jar`),
      ],
      // Not as options: every user of the machine can read those in the list of processes.
      variables: {
        APICURIO_DATASOURCE_USERNAME: decodeURIComponent(url.username),
        APICURIO_DATASOURCE_PASSWORD: decodeURIComponent(url.password),
      },
      graceSeconds: 2,
    });
    const [port = 0, target = 0] = site.ports;
    await site.ready(() => askHttp(`http://127.0.0.1:${target}${API}/subjects`));
    // Apicurio has no check of the Host header, and no passwords without a server for OpenID Connect.
    const guard = await startHostGuard(port, target);
    site.closeLater(() => guard.close());
  },
};
