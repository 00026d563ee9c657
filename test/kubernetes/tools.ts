import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../../dev/machine/install-once.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { createTestInstaller } from '../runner/test-installer.ts';

const SOURCES = join(import.meta.dirname, 'tools');
export const VERSION = 'v1.34.3';
/** The module of KEDA has the definitions of its resources. */
const KEDA = { module: 'github.com/kedacore/keda/v2@v2.17.2', sum: 'h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=' };

export interface Tools {
  readonly apiServer: string;
  readonly kubectl: string;
  /** Folder with the definitions of KEDA's resources. */
  readonly keda: string;
}

/** Builds the API server and kubectl from their Go modules, unless they were built before: five minutes on free processors. */
export async function kubernetesTools(): Promise<Tools> {
  const pins = ['go.mod', 'go.sum'].map((name) => readFileSync(join(SOURCES, name), 'utf8'));
  const folder = join(PARTS_FOLDER, folderOf(`kubernetes-${VERSION}`, ...pins, KEDA.sum));
  const installer = createTestInstaller('kubernetes');
  await installer.install(folder, 'the API server of Kubernetes, 4 GB in the cache of Go', async (temporary) => {
    const flags = ['-trimpath', '-ldflags', `-s -w -X k8s.io/component-base/version.gitVersion=${VERSION}`];
    await installer.run('Building the API server of Kubernetes', {
      file: 'go',
      args: ['build', ...flags, '-o', `${temporary}/`, './kube-apiserver', './kubectl'],
      environment: process.env,
      cwd: SOURCES,
    });
    cpSync(kedaDefinitions(), join(temporary, 'keda'), { recursive: true });
  });
  return {
    apiServer: join(folder, 'kube-apiserver'),
    kubectl: join(folder, 'kubectl'),
    keda: join(folder, 'keda'),
  };
}

function kedaDefinitions(): string {
  const text = execFileSync('go', ['mod', 'download', '-json', KEDA.module], { cwd: HOME, encoding: 'utf8' });
  const { Dir, Sum } = JSON.parse(text) as { Dir: string; Sum: string };
  if (Sum !== KEDA.sum)
    throw new Error(`${KEDA.module} has the checksum ${Sum}, and test/kubernetes/tools.ts ${KEDA.sum}`);
  return join(Dir, 'config/crd/bases');
}
