import type { OpenCommands } from '../../src/store/queries/open-commands.ts';
import { counted } from '../format/counted.ts';

export interface CancelSubject {
  readonly what: 'run' | 'trial';
  /** Trials of it that have not ended, commanded or not. */
  readonly open: number;
  readonly commands: OpenCommands;
}

/** Why a cancellation would reach nothing; undefined where it reaches something. */
export function whyNotCancel({ what, commands }: CancelSubject): string | undefined {
  if (commands.open > 0) return undefined;
  return what === 'run'
    ? 'No bridge runs its trials: their own programs report them, and only those can stop them.'
    : 'No bridge runs it: its own program reports it, and only that can stop it.';
}

/** The effect of a cancellation, for the dialog. */
export function effectOfCancel({ what, open, commands }: CancelSubject): string {
  if (what === 'trial') return 'If it waits, it is not started; if it runs, it is stopped.';
  const reached = `${counted(commands.open, 'trial has', 'trials have')} not ended. Those that wait are not started, and those that run are stopped.`;
  const others = open - commands.open;
  if (others <= 0) return reached;
  const rest = counted(
    others,
    'further trial is reported by its own program, and goes',
    'further trials are reported by their own programs, and go',
  );
  return `${reached} ${rest} on.`;
}

/** The text beside the button once the command was stored. */
export const afterCancel = ({ commands }: CancelSubject): string =>
  commands.bridges === 0
    ? 'No bridge runs at the moment. The next one that starts carries the cancellation out.'
    : 'The bridge has been told to stop.';
