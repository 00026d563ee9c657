import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'nobody';

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account that Postgres runs under when this process is root, because Postgres refuses root. Undefined for other users. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const number = (flag: string): number => {
    const id = spawnSync('id', [flag, NAME], { encoding: 'utf8' });
    if (id.status !== 0)
      throw new Error(
        `Postgres refuses to run as root, and this machine has no account ${NAME}; start Thunderline as another user.`,
      );
    return Number(id.stdout.trim());
  };
  return { uid: number('-u'), gid: number('-g') };
}

/**
 * The command line that runs `file` under the account. It keeps one capability, reading regardless of permissions, because
 * a checkout of root is often below a folder that only root may enter, such as one created by mktemp.
 */
export function asAccount(account: Account | undefined, file: string, args: readonly string[]): [string, string[]] {
  if (!account) return [file, [...args]];
  if (process.platform !== 'linux')
    throw new Error('Postgres refuses to run as root; start Thunderline as another user.');
  const capability = '+dac_override';
  return [
    'setpriv',
    [
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--clear-groups',
      // Postgres looks for its own programs with access(2), which checks the real user and would drop the capability.
      '--securebits=+no_setuid_fixup',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      '--',
      file,
      ...args,
    ],
  ];
}

/** Makes the account the owner of a folder and its content, also of data from an earlier start under another account. */
export function giveTo(account: Account | undefined, path: string): void {
  if (!account) return;
  const entry = lstatSync(path);
  if (entry.uid !== account.uid || entry.gid !== account.gid) chownSync(path, account.uid, account.gid);
  if (entry.isDirectory()) for (const name of readdirSync(path)) giveTo(account, join(path, name));
}
