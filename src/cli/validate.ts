import { Command, InvalidArgumentError } from 'commander';
import { inherits } from '../bridge/worker/inherited-variables.ts';
import { loadConfig, variablesOf } from '../config.ts';
import { withConnections } from '../connections.ts';
import { createLog } from '../log.ts';
import type { Role } from '../roles/role.ts';
import { parseRoles } from './arguments.ts';
import { printLine, printTable } from './print-line.ts';
import { access } from './validate/access-check.ts';
import { dryCall, interpreter, processControl, script, study } from './validate/bridge-checks.ts';
import { type Check, type CheckResult, runCheck } from './validate/check.ts';
import { kafkaCheck, mlflowCheck, postgresCheck, registryCheck, s3Check } from './validate/service-checks.ts';

const CHECKS = {
  interpreter,
  script,
  'dry-call': dryCall,
  'process-control': processControl,
  study,
  kafka: kafkaCheck,
  registry: registryCheck,
  postgres: postgresCheck,
  s3: s3Check,
  mlflow: mlflowCheck,
  access,
} as const satisfies Readonly<Record<string, Check>>;

/** Characters of a detail in the table. */
const MAX_DETAIL = 300;

type CheckName = keyof typeof CHECKS;
const NAMES = Object.keys(CHECKS) as CheckName[];

const PYTHON_CHECKS = ['interpreter', 'script', 'dry-call', 'process-control', 'study'] as const;

/** The checks of what these roles need. Every process holds the keys, so that its addresses can be closed. */
function checksOf(roles: readonly Role[]): readonly CheckName[] {
  const needed = new Set<CheckName>(['postgres', 'access']);
  for (const { name, needs } of roles) {
    for (const dependency of needs) needed.add(dependency);
    if (name === 'bridge') for (const check of PYTHON_CHECKS) needed.add(check);
    if (name === 'mlflow') needed.add('mlflow');
  }
  return NAMES.filter((name) => needed.has(name));
}

interface Options {
  readonly only?: readonly CheckName[];
  readonly roles?: readonly Role[];
  readonly json: boolean;
}

/** `thunderline validate`: checks everything outside of the process that the roles need; exits 1 when a check fails. */
export const validateCommand = (): Command =>
  new Command('validate')
    .description(
      'check Python, the worker script, Kafka, registry, Postgres, S3, MLflow and keys; exits 1 when a check fails',
    )
    .option('--only <checks>', `comma-separated, of ${NAMES.join(', ')}`, checkNames)
    .option(
      '--roles <roles>',
      'only the checks of what these roles need, comma-separated, with the rights of this principal in Kafka',
      parseRoles,
    )
    .option('--json', 'one JSON object', false)
    .action(({ only, roles, json }: Options) => validate(only ?? (roles ? checksOf(roles) : NAMES), roles, json));

function checkNames(text: string): readonly CheckName[] {
  return text.split(',').map((item) => {
    const found = NAMES.find((name) => name === item.trim());
    if (found === undefined) throw new InvalidArgumentError(`expected names of ${NAMES.join(', ')}`);
    return found;
  });
}

async function validate(names: readonly CheckName[], roles: Options['roles'], asJson: boolean): Promise<void> {
  const config = loadConfig();
  const settings = { purpose: 'validate', registers: [] } as const;
  const found = await withConnections(config, createLog('silent'), settings, (connections) => {
    const workerEnvironment = variablesOf(inherits(config.bridge.environment));
    return Promise.all(names.map((name) => runCheck(CHECKS[name], { config, connections, workerEnvironment, roles })));
  });
  // The details quote the answers of other servers.
  const results = found.map(({ finding, ...result }) => ({
    ...result,
    finding: { ...finding, detail: config.redact(finding.detail) },
  }));
  if (asJson) printJson(names, results);
  else print(results);
  // A client that still tries to connect must not keep the command running.
  process.exit(results.some(({ finding }) => finding.status === 'fail') ? 1 : 0);
}

function printJson(names: readonly CheckName[], results: readonly CheckResult[]): void {
  const checks = results.map(({ title, finding, durationMs }, index) => ({
    check: names[index],
    title,
    ...finding,
    duration_ms: durationMs,
  }));
  printLine(JSON.stringify({ ok: checks.every(({ status }) => status !== 'fail'), checks }));
}

function print(results: readonly CheckResult[]): void {
  printTable(
    ['check', 'result', 'detail'],
    results.map(({ title, finding }) => [title, finding.status, shortened(finding.detail)]),
  );
  const open = results.flatMap(({ title, finding }) => (finding.status === 'pass' ? [] : [{ title, ...finding }]));
  if (open.length === 0) return;
  printLine();
  for (const { title, status, remedy } of open) printLine(`${status}  ${title}: ${remedy}`);
}

/** The JSON has the whole detail. */
const shortened = (detail: string): string =>
  detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL - 1).toWellFormed()}…` : detail;
