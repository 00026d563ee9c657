import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../runner/jest.ts';
import { installTestPython } from '../runner/python.ts';

/** A service of docker-compose.yml, as far as the tests read it. */
export interface Service {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
}

const PROGRAM = 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)';

/** The services of docker-compose.yml by name. Its anchors are resolved, and `$$` is what Compose makes of it. */
export async function composeServices(): Promise<Readonly<Record<string, Service>>> {
  const python = await installTestPython();
  const text = execFileSync(python, ['-c', PROGRAM, join(ROOT, 'docker-compose.yml')], { encoding: 'utf8' });
  return (JSON.parse(text.replaceAll('$$', '$')) as { services: Record<string, Service> }).services;
}
