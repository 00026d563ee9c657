import { render } from 'preact';
import { App } from './app.tsx';
import { Boundary } from './shell/boundary.tsx';
import { followLocation } from './shell/location.ts';
import { startClock } from './shell/now.ts';
import { followSession } from './shell/session.ts';
import { followTheme } from './shell/theme.ts';
import './styles/main.css';

followTheme();
followLocation();
startClock();
followSession();
const host = document.getElementById('app');
if (host !== null) {
  render(
    <Boundary what="the page">
      <App />
    </Boundary>,
    host,
  );
}
