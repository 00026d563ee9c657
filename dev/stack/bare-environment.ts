/** The variables that servers inherit. They do not get the others, above all no credentials. */
const PASSED = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'LD_LIBRARY_PATH'];

export function bareEnvironment(environment: NodeJS.ProcessEnv, variables: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const passed = PASSED.filter((name) => environment[name] !== undefined).map((name) => [name, environment[name]]);
  return { ...Object.fromEntries(passed), LANG: 'C.UTF-8', TZ: 'UTC', ...variables };
}
