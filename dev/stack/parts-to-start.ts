import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PART_NAMES, type Part, type PartName, type Prerequisite, type Variables } from '../parts/part.ts';
import { PARTS } from '../parts/parts.ts';

/** The parts to start, each after those it needs: `only` and their needs, without the parts that run elsewhere. */
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

/** The variables of the parts that run elsewhere. Throws when one is set and a variable that it requires is not. */
export function variablesFromElsewhere(environment: NodeJS.ProcessEnv): Variables {
  const names = PART_NAMES.map((name) => PARTS[name])
    .filter(({ variable }) => environment[variable])
    .flatMap(({ variable, companions }) => {
      const missing = companions.filter((name) => !environment[name]);
      if (missing.length > 0) throw new Error(`${variable} is set, so ${missing.join(' and ')} must be set as well.`);
      return [variable, ...companions];
    });
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? '']));
}

/** The tools needed to start these parts; tools that only installing needs are left out for installed parts. */
export function prerequisitesOf(chosen: readonly Part[], parts: string): Prerequisite[] {
  return chosen.flatMap(({ prerequisites, folder }) => {
    const installed = folder !== undefined && existsSync(join(parts, folder));
    return [...prerequisites.run, ...(installed ? [] : prerequisites.install)];
  });
}
