import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AUDIT_ACTIONS } from '../../src/access/audit-entry.ts';
import { SCOPES } from '../../src/access/scopes.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/access.md'), 'utf8');

/** The rows of the table between `<!-- name -->` and `<!-- /name -->`, by their first cell. */
function tableOf(name: string): Record<string, string> {
  const [, table = ''] = new RegExp(`<!-- ${name} -->\\n([^]*?)<!-- /${name} -->`).exec(PAGE) ?? [];
  return Object.fromEntries(
    [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, first = '', second = '']) => [first, second]),
  );
}

test('docs/access.md lists every scope with its meaning', () => {
  expect(tableOf('scopes')).toEqual(SCOPES);
});

test('docs/access.md lists every audited action with its meaning', () => {
  expect(tableOf('audit')).toEqual(AUDIT_ACTIONS);
});
