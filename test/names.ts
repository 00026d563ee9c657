import type { SourceFile } from './source-files.ts';

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) ([\w$]+)/gm;

/**
 * Every name that several files export, one line each. A reader who searches for a name, or imports it from a list of
 * suggestions, then meets one thing.
 */
export function repeatedNames(files: readonly SourceFile[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { path, code } of files) {
    for (const [, name = ''] of code.matchAll(EXPORT)) owners.set(name, (owners.get(name) ?? new Set()).add(path));
  }
  return [...owners]
    .filter(([, paths]) => paths.size > 1)
    .map(
      ([name, paths]) => `${[...paths].join(' and ')} export ${name}: name each after what it is, or keep one of them`,
    );
}
