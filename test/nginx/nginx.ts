import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian installs it here; its folder is not in the path of every account. */
export const NGINX = '/usr/sbin/nginx';
const CONFIG = '/etc/nginx/nginx.conf';

export const isNginxInstalled = (): boolean => existsSync(NGINX) && existsSync(CONFIG);

/**
 * A site that passes everything to `upstreams` and sets nothing else. nginx sends the name of its group of servers as `Host`;
 * a server without keys answers to loopback hosts only.
 */
export function siteOf(port: number, upstreams: readonly number[]): string {
  const servers = upstreams.map((upstream) => `server 127.0.0.1:${upstream};`).join(' ');
  return `upstream localhost { ${servers} } server { listen 127.0.0.1:${port}; location / { proxy_pass http://localhost; } }`;
}

/** Runs nginx as Debian configures it, with one site. Only paths that need root are replaced. */
export async function startNginx(folder: string, site: string): Promise<{ stop(): Promise<void> }> {
  const config = readFileSync(CONFIG, 'utf8')
    .replace(/^user .*$/m, '')
    .replace(/^pid .*$/m, `pid ${join(folder, 'nginx.pid')};`)
    .replaceAll('/var/log/nginx/', `${folder}/`)
    .replace('include /etc/nginx/sites-enabled/*;', () => site);
  if (!config.includes(site))
    throw new Error(`${CONFIG} does not include /etc/nginx/sites-enabled/*; the test expects Debian's file`);
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, config);
  const child = spawn(NGINX, ['-c', path, '-g', 'daemon off;', '-e', join(folder, 'error.log')], { stdio: 'inherit' });
  return {
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'close');
    },
  };
}
