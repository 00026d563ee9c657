import { join } from 'node:path';
import { circularImports } from './circles.ts';
import { grownMedian, longFiles } from './file-sizes.ts';
import { upwardImports } from './floors.ts';
import { repeatedNames } from './names.ts';
import { CODE_FOLDERS, readFolder, readOtherCode, readSources, type SourceFile } from './source-files.ts';

/**
 * The rules for the code of `src/`: what a folder may import and which calls it may contain. `node test/imports.ts` names
 * every file that breaks a rule, every import that points up (floors.ts), every circle in any folder of TypeScript
 * (circles.ts), every name that two files of `src/` export (names.ts), and every file that is too long (file-sizes.ts), and
 * exits 1.
 */

interface Rule {
  readonly says: string;
  /** Whether the rule is about the file at this path. */
  readonly about: (path: string) => boolean;
  /** Imports it forbids there. */
  readonly imports?: (target: string, typesOnly: boolean) => boolean;
  /** Code it forbids there. */
  readonly code?: RegExp;
}

const inFolder =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(`src/${folder}/`));

const isPackage = (target: string): boolean => !target.startsWith('src/') && !/^(dev|test|bench|docs)\//.test(target);

const PURE = inFolder('events', 'processors');
/** The clock, chance, and everything outside the process. */
const IMPURE_CODE =
  /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.|process\.|crypto\.|fetch\(|setTimeout|setInterval|randomUUID|randomBytes)/;

export const RULES: readonly Rule[] = [
  {
    says: 'events/ and processors/ are pure: no I/O, of the packages only the hash of node:crypto',
    about: PURE,
    imports: (target) => isPackage(target) && target !== 'node:crypto',
  },
  {
    says: 'events/ and processors/ are pure: time and chance come from the record',
    about: PURE,
    code: IMPURE_CODE,
  },
  {
    says: 'events/ stands on nothing but itself, the error codes, and the types of its Avro records',
    about: inFolder('events'),
    imports: (target, typesOnly) =>
      target.startsWith('src/') &&
      !inFolder('events')(target) &&
      target !== 'src/errors.ts' &&
      !(typesOnly && ['src/avro/records.ts', 'src/avro/any-record.ts'].includes(target)),
  },
  {
    says: 'only kafka/ imports kafkajs',
    about: (path) => !inFolder('kafka')(path),
    imports: (target) => target === 'kafkajs' || target.startsWith('kafkajs/'),
  },
  {
    says: 'only config.ts reads process.env',
    about: (path) => path !== 'src/config.ts',
    code: /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/,
  },
  {
    says: 'commands print through cli/print-line.ts, which escapes text that a terminal would act on',
    about: (path) => path !== 'src/cli/print-line.ts',
    code: /\bconsole\./,
  },
  {
    says: 'src/ imports neither dev/ nor test/',
    about: () => true,
    imports: (target) => /^(dev|test|bench|docs)\//.test(target),
  },
  {
    says: 'runtime/ delivers records and does not interpret them',
    about: inFolder('runtime'),
    imports: inFolder('http', 'sinks', 'bridge', 'events', 'processors', 'producers', 'store', 'replay', 'fleet'),
  },
  {
    says: 'kafka/ and avro/ are transport and use no layer above',
    about: inFolder('kafka', 'avro'),
    imports: inFolder('runtime', 'http', 'sinks', 'bridge', 'processors', 'producers', 'store', 'replay', 'fleet'),
  },
  {
    says: 'kafka/ and avro/ move records and do not interpret events',
    about: inFolder('kafka', 'avro'),
    imports: inFolder('events'),
  },
  {
    says: 'the way in does not depend on the stores: http/ and producers/ do not import sinks/',
    about: inFolder('http', 'producers'),
    imports: inFolder('sinks'),
  },
  {
    says: 'the stores do not depend on the way in: sinks/ and store/ import neither http/ nor producers/',
    about: inFolder('sinks', 'store'),
    imports: inFolder('http', 'producers'),
  },
  {
    says: 'only roles/ uses the platform and serve.ts creates it; everything below takes plain arguments',
    about: (path) => !inFolder('roles')(path) && path !== 'src/serve.ts',
    imports: (target) => target === 'src/platform.ts',
  },
  {
    says: 'nothing imports cli/',
    about: (path) => !inFolder('cli')(path),
    imports: inFolder('cli'),
  },
];

/** Every violation of a rule, one line each: the file, the import or the call, and the rule. */
export function violationsOf(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports, code }) =>
    RULES.filter(({ about }) => about(path)).flatMap((rule) => [
      ...imports
        .filter(({ target, typesOnly }) => rule.imports?.(target, typesOnly))
        .map(({ target }) => `${path} imports ${target}: ${rule.says}`),
      ...(rule.code === undefined ? [] : [rule.code.exec(code)])
        .filter((found) => found !== null)
        .map(([found]) => `${path} uses ${found}: ${rule.says}`),
    ]),
  );
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const sources = readSources(root);
  const everywhere = CODE_FOLDERS.map((folder) => readFolder(root, folder));
  const violations = [
    ...violationsOf(sources),
    ...upwardImports(sources),
    ...repeatedNames(sources),
    ...grownMedian(sources),
    ...everywhere.flatMap(circularImports),
    ...everywhere.flatMap(longFiles),
    ...longFiles(readOtherCode(root)),
  ];
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
