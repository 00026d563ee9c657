import { Command } from 'commander';
import { auditCommand } from './keys/audit.ts';
import { createCommand } from './keys/create.ts';
import { listCommand } from './keys/list.ts';
import { revokeCommand } from './keys/revoke.ts';

/** `thunderline keys create|list|revoke|audit`: the API keys that clients authenticate with. */
export const keysCommand = (): Command =>
  new Command('keys')
    .description('create, list, revoke or audit API keys')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(auditCommand());
