import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** One file that a rule examines: its path from the root, what it imports, and its code without comments. */
export interface SourceFile {
  readonly path: string;
  /** Paths from the root for files of this repository, names for packages. Types count too, unless a rule says otherwise. */
  readonly imports: readonly { readonly target: string; readonly typesOnly: boolean }[];
  readonly code: string;
  /** Lines of the whole file. */
  readonly lines: number;
}

/** Texts are kept, comments are dropped; whichever begins first holds the other. */
const TEXT_OR_COMMENT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const IMPORT =
  /\b(?:import|export)\s+(type\s)?(?:[\w*{},\s]*?\sfrom\s*)?(['"])([^'"]+)\2|\b(?:import|require)\s*\(\s*(['"`])([^'"`]+)\4/g;

/** The parts of a file that rules examine. */
export function sourceFile(path: string, text: string): SourceFile {
  const code = text.replace(TEXT_OR_COMMENT, (found) => (/^\/[/*]/.test(found) ? '' : found));
  const imports = [...code.matchAll(IMPORT)].map(([, type, , stated = '', , called = '']) => {
    const target = stated || called;
    return {
      target: target.startsWith('.') ? posix.join(posix.dirname(path), target) : target,
      typesOnly: type !== undefined,
    };
  });
  return { path, imports, code, lines: text.split('\n').length - 1 };
}

/** The folders of TypeScript. */
export const CODE_FOLDERS = ['src', 'web', 'dev', 'bench', 'deploy', 'docs', 'test'] as const;

/** Every TypeScript file of a folder of the root. */
export function readFolder(root: string, folder: (typeof CODE_FOLDERS)[number]): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

/** Every Python file and style sheet that git tracks. Their imports are not read. */
export const readOtherCode = (root: string): Pick<SourceFile, 'path' | 'lines'>[] =>
  execFileSync('git', ['ls-files', '*.py', '*.css'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }));

/** Every file of `src/`. */
export const readSources = (root: string): SourceFile[] => readFolder(root, 'src');
