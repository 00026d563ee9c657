/** What a server may see of the environment; everything else (credentials above all) is none of its business. */
const PASSED = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'LD_LIBRARY_PATH'];

export function bareEnvironment(environment: NodeJS.ProcessEnv, variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const passed = PASSED.filter((name) => environment[name] !== undefined).map((name) => [name, environment[name]]);
  return { ...Object.fromEntries(passed), LANG: 'C.UTF-8', TZ: 'UTC', ...variables };
}
