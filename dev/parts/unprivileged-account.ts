import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined unless this process is root: then it is the account that Postgres, which refuses root, runs under. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (flag: string): number => {
    const id = spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' });
    if (id.status !== 0) throw new Error('Postgres refuses to run as root, and this machine has no account `nobody`.');
    return Number(id.stdout.trim());
  };
  return { uid: number('-u'), gid: number('-g') };
}

/**
 * The command line that runs `file` under that account. It keeps one capability, that of reading past permissions,
 * because a checkout of root often lies below a folder that only root may enter, such as one made by mktemp.
 */
export function asAccount(account: Account | undefined, file: string, args: readonly string[]): [string, string[]] {
  if (!account) return [file, [...args]];
  if (process.platform !== 'linux') throw new Error('Postgres refuses to run as root; start Thunderline as a user.');
  const capability = '+dac_override';
  return [
    'setpriv',
    [
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      // access(2), by which Postgres looks for its own programs, asks as the real user and would drop the capability.
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      '--',
      file,
      ...args,
    ],
  ];
}

/** Gives a folder and everything in it to the account; data of an earlier start under another account fits again. */
export function giveTo(account: Account | undefined, path: string): void {
  if (!account) return;
  const entry = lstatSync(path);
  if (entry.uid !== account.uid || entry.gid !== account.gid) chownSync(path, account.uid, account.gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) giveTo(account, join(path, name));
}
