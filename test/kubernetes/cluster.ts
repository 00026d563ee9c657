import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startGuarded } from '../../dev/machine/guard.ts';
import { logTail } from '../../dev/machine/log-tail.ts';
import { bareEnvironment } from '../../dev/stack/bare-environment.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { until } from '../support/until.ts';
import { kubernetesTools } from './tools.ts';

const START_MS = 300_000;
const TOKEN = 'of-this-test';

/** The end of a command of kubectl. */
export interface Answer {
  readonly code: number | null;
  readonly out: string;
  /** Errors, and the warnings of the server. */
  readonly err: string;
}

/** An API server of Kubernetes with its etcd. No controller, scheduler or kubelet: what it accepts is stored and nothing more. */
export interface Cluster {
  kubectl(args: readonly string[], input?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const tools = await kubernetesTools();
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-kubernetes-'));
  const file = (name: string): string => join(folder, name);
  mkdirSync(file('pki'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(file('tokens.csv'), `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
  const client = await freePort(13_000);
  const peer = await freePort(client + 1);
  const secure = await freePort(peer + 1);
  const environment = bareEnvironment(process.env);
  const [clientUrl, peerUrl, url] = [
    `http://127.0.0.1:${client}`,
    `http://127.0.0.1:${peer}`,
    `https://127.0.0.1:${secure}`,
  ];
  const etcd = startGuarded({
    file: 'etcd',
    args: [
      ...['--data-dir', file('etcd'), '--unsafe-no-fsync', '--initial-cluster', `default=${peerUrl}`],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ],
    environment,
    cwd: folder,
    logPath: file('etcd.log'),
  });
  const server = startGuarded({
    file: tools.apiServer,
    args: [
      ...[
        `--etcd-servers=${clientUrl}`,
        `--cert-dir=${file('pki')}`,
        `--secure-port=${secure}`,
        '--bind-address=127.0.0.1',
      ],
      ...[`--service-account-key-file=${file('sa.key')}`, `--service-account-signing-key-file=${file('sa.key')}`],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--service-cluster-ip-range=10.96.0.0/16'],
      ...['--authorization-mode=RBAC', `--token-auth-file=${file('tokens.csv')}`],
      // Without a controller, no namespace gets a service account.
      '--disable-admission-plugins=ServiceAccount',
    ],
    environment,
    cwd: folder,
    logPath: file('apiserver.log'),
  });
  const kubectl = async (args: readonly string[], input = ''): Promise<Answer> => {
    const connection = ['--server', url, '--token', TOKEN, '--insecure-skip-tls-verify'];
    const env = { ...environment, HOME: folder, KUBECONFIG: file('kubeconfig') };
    const child = spawn(tools.kubectl, [...connection, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    // A command that does not read its input may have ended before the write.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, out, err };
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await etcd.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    const needed = async (args: readonly string[]): Promise<true> => {
      const { code, err } = await kubectl(args);
      if (code !== 0) throw new Error(err);
      return true;
    };
    await until('the API server is ready', START_MS, () => needed(['get', '--raw', '/readyz']));
    await needed(['apply', '--server-side', '-f', tools.keda]);
    await needed(['wait', '--for=condition=established', '--timeout=120s', 'crd', '--all']);
    return { kubectl, stop };
  } catch (error) {
    const log = logTail(file('apiserver.log'));
    await stop();
    throw new Error(`the API server does not start: ${(error as Error).message}\n${log}`, { cause: error });
  }
}
