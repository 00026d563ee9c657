import { render } from 'preact';
import { App } from './app.tsx';
import { Boundary } from './shell/boundary.tsx';
import { readSession } from './shell/session.ts';
import './styles/main.css';

void readSession();
const host = document.getElementById('app');
if (host !== null) {
  render(
    <Boundary what="the page">
      <App />
    </Boundary>,
    host,
  );
}
