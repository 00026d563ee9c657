import { Command } from 'commander';
import { watchLauncher } from '../watch-launcher.ts';
import { aclsCommand } from './acls.ts';
import { benchCommand } from './bench.ts';
import { cancelCommand } from './cancel.ts';
import { deadlettersCommand } from './deadletters.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { mlflowCommand } from './mlflow.ts';
import { printError } from './print-line.ts';
import { queueCommand } from './queue.ts';
import { replayCommand } from './replay.ts';
import { retentionCommand } from './retention.ts';
import { runCommand } from './run.ts';
import { schemasCommand } from './schemas.ts';
import { serveCommand, startCommand } from './serve.ts';
import { simulateCommand } from './simulate.ts';
import { tailCommand } from './tail.ts';
import { topicsCommand } from './topics.ts';
import { validateCommand } from './validate.ts';

const program = new Command('thunderline')
  .description('Carries training events from the training loop through Kafka to Postgres and an S3 archive.')
  .showHelpAfterError()
  .addCommand(startCommand())
  .addCommand(serveCommand())
  .addCommand(migrateCommand())
  .addCommand(topicsCommand())
  .addCommand(aclsCommand())
  .addCommand(runCommand())
  .addCommand(cancelCommand())
  .addCommand(tailCommand())
  .addCommand(queueCommand())
  .addCommand(replayCommand())
  .addCommand(retentionCommand())
  .addCommand(deadlettersCommand())
  .addCommand(mlflowCommand())
  .addCommand(simulateCommand())
  .addCommand(benchCommand())
  .addCommand(schemasCommand())
  .addCommand(keysCommand())
  .addCommand(validateCommand());

// Each command handles SIGTERM itself.
watchLauncher(() => process.kill(process.pid, 'SIGTERM'));
try {
  await program.parseAsync();
} catch (error) {
  printError(error);
  // A socket or a timer that a failed command left open must not keep the process running.
  process.exit(1);
}
