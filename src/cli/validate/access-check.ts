import { createServer } from 'node:net';
import { isLoopback, openToAll } from '../../access/loopback.ts';
import { connectAccessStore } from '../../access/tables/access-store.ts';
import { createLog } from '../../log.ts';
import { type Check, type Finding, fail, pass, warn } from './check.ts';

export const access: Check = {
  title: 'keys and address',
  remedy: 'set DATABASE_URL to a database that answers: it holds the keys',
  timeoutMs: 20_000,
  async run({ config }) {
    const { host, port } = config.http;
    const problem = await bindProblem(host, port);
    if (problem !== undefined) return problem;
    const store = connectAccessStore(config.postgres.url.reveal(), createLog('silent'));
    try {
      if (await store.keys.anyConfigured()) return pass(`${host}:${port}, requests need an API key`);
    } finally {
      await store.close();
    }
    const [sentence = '', remedy = ''] = openToAll(host).message.split('. ');
    if (!isLoopback(host)) return fail(sentence, remedy);
    const open = `${host}:${port} without an API key: every account of this machine may post events and run commands`;
    return warn(
      open,
      'run "npx thunderline keys create --name NAME --scopes ingest" unless this machine is yours alone',
    );
  },
};

/** Listens on the address for a moment. */
async function bindProblem(host: string, port: number): Promise<Finding | undefined> {
  const server = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  switch (code) {
    case undefined:
    // A running gateway occupies the port, as it should.
    case 'EADDRINUSE':
      return undefined;
    case 'EACCES':
      return fail(`this account may not listen on port ${port}`, 'set PORT to a port above 1023');
    default:
      return fail(`HOST=${host} cannot be listened on: ${code}`, 'set HOST to an address of this machine');
  }
}
