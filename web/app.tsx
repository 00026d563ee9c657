import { signedOut } from './api/request.ts';
import { ComparePage } from './compare/compare-page.tsx';
import { MonitorPage } from './monitor/monitor-page.tsx';
import { RunPage } from './run/run-page.tsx';
import { Boundary } from './shell/boundary.tsx';
import { useHeadingFocus } from './shell/focus-heading.ts';
import { Header } from './shell/header.tsx';
import { LatestRun } from './shell/latest-run.tsx';
import { address } from './shell/location.ts';
import { Nameless, NoSuchPage } from './shell/no-such-page.tsx';
import { ShortcutHelp } from './shell/shortcuts.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { TrialPage } from './trial/trial-page.tsx';

export function App() {
  return (
    <>
      <Header />
      <main>
        <Boundary what="the page">{signedOut.value ? <SignIn /> : <Page />}</Boundary>
      </main>
      <ShortcutHelp />
    </>
  );
}

/** A key makes a page start over when its subject changes. */
function Page() {
  const at = address.value;
  useHeadingFocus([at.page, 'run' in at ? at.run : '', 'trial' in at ? at.trial : ''].join('\n'));
  const wantsLatest = at.query.get('run') === 'latest' && (at.page === 'monitor' || at.page === 'compare');
  if (wantsLatest) return <LatestRun />;
  switch (at.page) {
    case 'monitor':
      return <MonitorPage />;
    case 'run':
      return <RunPage key={at.run} run={at.run} />;
    case 'trial':
      return <TrialPage key={`${at.run}/${at.trial}`} run={at.run} trial={at.trial} />;
    case 'compare':
      return <ComparePage />;
    case 'nameless':
      return <Nameless id={at.id} />;
    case 'unknown':
      return <NoSuchPage />;
  }
}
