import type { DeepLinks } from '../mlflow/deep-links.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { QueryDatabase } from './database.ts';
import type { AsOf } from './shapes.ts';

/** Everything that the routes about runs and trials need. */
export interface QueryParts {
  readonly database: QueryDatabase;
  /** The bucket that has the points of older tiers in files. */
  readonly store: ObjectStore;
  /** Read before a query, so that the tables have at least this. */
  readonly asOf: () => Promise<AsOf>;
  /** The addresses of MLflow's pages; undefined without MLflow. */
  readonly mlflowLinks: Pick<DeepLinks, 'run' | 'runs' | 'search'> | undefined;
}
