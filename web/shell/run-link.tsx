import { runPath } from './address.ts';
import { CutText } from './cut-text.tsx';

/** The id of a run as a link to its page. */
export const RunLink = ({ run }: { readonly run: string }) => (
  <a href={runPath(run)} aria-label={run}>
    <CutText text={run} />
  </a>
);
