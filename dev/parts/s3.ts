import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { folderOf } from '../machine/install-once.ts';
import { QUICK_START } from './jvm.ts';
import { installDependencies, mavenPins } from './maven.ts';
import type { Part, Site, Variables } from './part.ts';

const FOLDER = folderOf('s3proxy-3.1.0', ...mavenPins('s3'));
const BUCKET = 'thunderline';

function properties(site: Site, objects: string): string {
  return Object.entries({
    's3proxy.endpoint': `http://127.0.0.1:${site.ports[0]}`,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': site.secrets.s3AccessKey,
    's3proxy.credential': site.secrets.s3SecretKey,
    // Otherwise the checksums that AWS SDKs send by default are answered 501.
    's3proxy.ignore-unknown-headers': true,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': objects,
    // Required even by a provider that has no accounts.
    'jclouds.identity': 'unused',
    'jclouds.credential': 'unused',
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const LOGGING = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %p %c{1} %m%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
</configuration>
`;

async function ensureBucket(variables: Variables): Promise<void> {
  const client = new S3Client({
    endpoint: variables.S3_ENDPOINT ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  const Bucket = variables.S3_BUCKET;
  try {
    await client.send(new HeadBucketCommand({ Bucket })).catch(async (error: { name?: string }) => {
      if (error.name !== 'NotFound') throw error;
      await client.send(new CreateBucketCommand({ Bucket }));
    });
  } finally {
    client.destroy();
  }
}

/** s3proxy: the S3 protocol in front of a folder. */
export const s3: Part = {
  name: 's3',
  title: 's3proxy 3.1.0',
  variable: 'S3_ENDPOINT',
  companions: ['S3_BUCKET', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  needs: [],
  prerequisites: { run: ['java'], install: ['maven'] },
  ports: [9000],
  folder: FOLDER,

  variables: ([port], { s3AccessKey, s3SecretKey }) => ({
    S3_ENDPOINT: `http://127.0.0.1:${port}`,
    S3_BUCKET: BUCKET,
    AWS_ACCESS_KEY_ID: s3AccessKey,
    AWS_SECRET_ACCESS_KEY: s3SecretKey,
  }),

  async install(installer) {
    await installer.install(join(installer.parts, FOLDER), 'its jars, 25 MB', (temporary) =>
      installDependencies(installer, 's3', temporary),
    );
  },

  async boot(site) {
    const objects = join(site.data, 'objects');
    mkdirSync(objects, { recursive: true });
    const settings = join(site.data, 's3proxy.properties');
    const logging = join(site.data, 'logback.xml');
    writeFileSync(settings, properties(site, objects), { mode: 0o600 });
    writeFileSync(logging, LOGGING);
    await site.start({
      file: 'java',
      args: [
        ...QUICK_START,
        '-Xmx256m',
        `-Dlogback.configurationFile=${logging}`,
        '-cp',
        join(site.parts, FOLDER, '*'),
        'org.gaul.s3proxy.Main',
        '--properties',
        settings,
      ],
      graceSeconds: 1,
    });
    await site.ready(() => ensureBucket(site.variables));
  },
};
