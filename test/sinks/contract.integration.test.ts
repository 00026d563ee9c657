import { createArchiveHarness } from './archive/harness.ts';
import { createPostgresHarness } from './postgres/harness.ts';
import { describeSinkContract } from './sink-contract.ts';

describeSinkContract('postgres', createPostgresHarness);
// Each run of this one puts and lists some twenty objects.
describeSinkContract('archive', createArchiveHarness, 6);
