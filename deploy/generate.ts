import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateDashboards } from './grafana/generate.ts';
import { generateRules } from './prometheus/generate.ts';

/** `npm run watch:generate`: writes the rules of Prometheus and the dashboards of Grafana, by path below `deploy/`. */
export const generateWatch = (): Readonly<Record<string, string>> => ({ ...generateRules(), ...generateDashboards() });

if (import.meta.main) {
  for (const [path, text] of Object.entries(generateWatch())) {
    const file = join(import.meta.dirname, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
