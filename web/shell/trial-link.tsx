import { trialPath } from './address.ts';
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
