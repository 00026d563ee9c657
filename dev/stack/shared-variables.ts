import type { Variables } from '../parts/part.ts';
import { isPythonInstalled, pythonProgram } from '../parts/python.ts';

/** Variables of the roles that the `env` file has besides those of the parts, so that commands in a connected shell find the same. */
export const SHARED_VARIABLES = ['PORT', 'PUBLIC_URL', 'CEREBROS_PYTHON'] as const;

interface Place {
  /** The folder for downloaded programs. */
  readonly parts: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The values of those that the environment does not set, for a gateway on `port`. */
export function sharedDefaults(place: Place, port: number): Variables {
  const values = { PORT: String(port), PUBLIC_URL: `http://localhost:${port}`, ...workerPython(place) };
  return Object.fromEntries(Object.entries(values).filter(([name]) => !place.environment[name]));
}

/** The values of those that the environment sets. */
export const sharedSettings = ({ environment }: Place): Variables =>
  Object.fromEntries(SHARED_VARIABLES.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));

/** The stack's Python, which has the packages of the workers and of Optuna; it is installed with MLflow. */
export function workerPython({ parts, environment }: Place): Variables {
  const willBeInstalled = isPythonInstalled(parts) || !environment.MLFLOW_TRACKING_URI;
  return willBeInstalled && !environment.CEREBROS_PYTHON ? { CEREBROS_PYTHON: pythonProgram(parts) } : {};
}
