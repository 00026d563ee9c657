import type { SourceFile } from './source-files.ts';

/** The imports among the entries of one folder (its files and subfolders), each with one import as the example. */
type Graph = Map<string, Map<string, string>>;

/**
 * Every circle of imports, types included, one line each. In each folder its entries are compared: a subfolder counts as one,
 * so two folders that import each other are a circle even if no two files are.
 */
export function circularImports(files: readonly SourceFile[]): string[] {
  return [...graphsOf(files)].flatMap(([folder, graph]) =>
    circlesOf(graph).map((circle) => {
      const steps = circle.map((entry, at) => graph.get(entry)?.get(circle[(at + 1) % circle.length] ?? ''));
      return (
        `circle of imports in ${folder}/: ${[...circle, circle[0]].join(' -> ')}, because ${steps.join('; ')}. ` +
        'Move what both need to a file or folder that imports neither'
      );
    }),
  );
}

/** The graph of each folder that contains at least one import between two of its entries. */
function graphsOf(files: readonly SourceFile[]): ReadonlyMap<string, Graph> {
  const known = new Set(files.map(({ path }) => path));
  const graphs = new Map<string, Graph>();
  for (const { path, imports } of files) {
    for (const { target } of imports) {
      if (!known.has(target) || target === path) continue;
      const from = path.split('/');
      const to = target.split('/');
      const depth = from.findIndex((step, at) => step !== to[at]);
      const graph = entryOf(graphs, from.slice(0, depth).join('/'), () => new Map());
      const targets = entryOf(graph, from[depth] ?? '', () => new Map());
      if (!targets.has(to[depth] ?? '')) targets.set(to[depth] ?? '', `${path} imports ${target}`);
    }
  }
  return graphs;
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

/** The circles of a graph, at least one for each group of nodes that reach each other. */
function circlesOf(graph: Graph): string[][] {
  const done = new Set<string>();
  const path: string[] = [];
  const circles: string[][] = [];
  function visit(node: string): void {
    const start = path.indexOf(node);
    if (start >= 0) {
      circles.push(path.slice(start));
      return;
    }
    if (done.has(node)) return;
    path.push(node);
    for (const target of graph.get(node)?.keys() ?? []) visit(target);
    path.pop();
    done.add(node);
  }
  for (const node of graph.keys()) visit(node);
  return circles;
}
