import { createCommandHarness } from '../bridge/queue/harness.ts';
import { describeSinkContract } from '../support/sink-contract.ts';
import { createArchiveHarness } from './archive/harness.ts';
import { createMlflowHarness } from './mlflow/harness.ts';
import { createPostgresHarness } from './postgres/harness.ts';

describeSinkContract('postgres', createPostgresHarness);
// Each run of this one puts and lists some twenty objects.
describeSinkContract('archive', createArchiveHarness, 6);
// Each run of this one makes some hundred calls.
describeSinkContract('mlflow', createMlflowHarness, 4);
describeSinkContract('bridge', createCommandHarness);
