import { Command } from 'commander';
import { importCommand } from './mlflow/import.ts';
import { syncCommand } from './mlflow/sync.ts';

/** `thunderline mlflow import` and `sync`: exchanges with an MLflow server besides the mirror. */
export const mlflowCommand = (): Command =>
  new Command('mlflow')
    .description('import the history of an MLflow server, or compare its runs with the tables')
    .addCommand(importCommand())
    .addCommand(syncCommand());
