import { runPath, trialPath } from './address.ts';
import { CutText } from './cut-text.tsx';

interface TrialLinkProps {
  readonly run: string;
  readonly trial: string;
}

/** The id of a trial as a link to its page. */
export const TrialLink = ({ run, trial }: TrialLinkProps) => (
  <a href={trialPath(run, trial)} aria-label={trial}>
    <CutText text={trial} />
  </a>
);

/** The id of a run as a link to its page. */
export const RunLink = ({ run }: { readonly run: string }) => (
  <a href={runPath(run)} aria-label={run}>
    <CutText text={run} />
  </a>
);
