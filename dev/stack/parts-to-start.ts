import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kafka } from '../parts/kafka.ts';
import { mlflow } from '../parts/mlflow.ts';
import { PART_NAMES, type Part, type PartName, type Prerequisite, type Variables } from '../parts/part.ts';
import { postgres } from '../parts/postgres.ts';
import { registry } from '../parts/registry.ts';
import { s3 } from '../parts/s3.ts';

/** Every part there is. */
export const PARTS: Readonly<Record<PartName, Part>> = { postgres, kafka, registry, s3, mlflow };

/** The parts to start, each after the ones it needs: `only` and their needs, less what runs elsewhere. */
export function partsToStart(environment: NodeJS.ProcessEnv, only: readonly PartName[] = PART_NAMES): readonly Part[] {
  const chosen = new Set<PartName>();
  const choose = (name: PartName): void => {
    if (environment[PARTS[name].variable] || chosen.has(name)) return;
    PARTS[name].needs.forEach(choose);
    chosen.add(name);
  };
  only.forEach(choose);
  return [...chosen].map((name) => PARTS[name]);
}

const WITH_S3 = ['S3_BUCKET', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/** What the environment says about the parts that run elsewhere. */
export function variablesFromElsewhere(environment: NodeJS.ProcessEnv): Variables {
  const names = PART_NAMES.map((name) => PARTS[name].variable).filter((name) => environment[name]);
  if (environment.S3_ENDPOINT) {
    const missing = WITH_S3.filter((name) => !environment[name]);
    if (missing.length > 0) throw new Error(`S3_ENDPOINT is set, so ${missing.join(' and ')} must be set as well.`);
    names.push(...WITH_S3);
  }
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? '']));
}

/** What the machine must have to start these parts; what only installing takes is not asked for once that is done. */
export function prerequisitesOf(chosen: readonly Part[], parts: string): Prerequisite[] {
  return chosen.flatMap(({ prerequisites, folder }) => {
    const installed = folder !== undefined && existsSync(join(parts, folder));
    return [...prerequisites.run, ...(installed ? [] : prerequisites.install)];
  });
}
