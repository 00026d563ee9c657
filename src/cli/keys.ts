import { Command } from 'commander';
import { auditCommand } from './keys/audit.ts';
import { createCommand } from './keys/create.ts';
import { listKeysCommand } from './keys/list.ts';
import { revokeCommand } from './keys/revoke.ts';
import { sessionsCommand } from './keys/sessions.ts';

/** `thunderline keys create|list|revoke|sessions|audit`: the API keys that clients authenticate with, and browsers' sessions. */
export const keysCommand = (): Command =>
  new Command('keys')
    .description('create, list, revoke or audit API keys, and end sessions of browsers')
    .addCommand(createCommand())
    .addCommand(listKeysCommand())
    .addCommand(revokeCommand())
    .addCommand(sessionsCommand())
    .addCommand(auditCommand());
