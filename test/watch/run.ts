import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { requirePrerequisites } from '../../dev/machine/prerequisites.ts';
import { printError } from '../../dev/machine/print-error.ts';
import { countJest, ROOT, report } from '../runner/jest.ts';

/**
 * `npm run test:watch`: checks the rules with promtool, fires each alert by its test, and then runs everything: a real system
 * with a real Prometheus, whose dashboards and rules must all have data, and alerts that are fired by the real fault and end by
 * themselves. `npm run test:watch -- rules` stops after promtool.
 *
 * The last line counts the passed and failed tests.
 */
const RULES = join(ROOT, 'deploy/prometheus/rules');
const ALERTMANAGER = join(ROOT, 'deploy/prometheus/alertmanager.yml');
const CHECKS: readonly (readonly string[])[] = [
  ['check', 'rules', '--lint=all', '--lint-fatal', join(RULES, 'recordings.yml'), join(RULES, 'alerts.yml')],
  ['check', 'config', join(ROOT, 'deploy/prometheus/prometheus.yml')],
  ['test', 'rules', join(RULES, 'alerts-minutes.test.yml'), join(RULES, 'alerts-hours.test.yml')],
];

try {
  const wantsAll = process.argv[2] !== 'rules';
  requirePrerequisites(['prometheus', ...(wantsAll ? (['alertmanager'] as const) : [])], process.env);
  const checked = [
    ...CHECKS.map((args) => spawnSync('promtool', args, { stdio: 'inherit' })),
    ...(wantsAll ? [spawnSync('amtool', ['check-config', ALERTMANAGER], { stdio: 'inherit' })] : []),
  ];
  const failed = checked.filter(({ status }) => status !== 0).length;
  const checks = { passed: checked.length - failed, failed };
  const real =
    wantsAll && failed === 0
      ? await countJest(['--config', join(import.meta.dirname, 'jest.config.js')])
      : { passed: 0, failed: 0 };
  report({ passed: checks.passed + real.passed, failed: checks.failed + real.failed });
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
