import { expect, test } from '@jest/globals';
import { prefersHtml } from '../../src/http/prefers-html.ts';

const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

test.each<[string, string | undefined, string, boolean]>([
  ['Chromium that navigates', CHROMIUM, 'GET', true],
  ['Firefox that navigates', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'GET', true],
  ['a HEAD of a browser', CHROMIUM, 'HEAD', true],
  ['a form of a browser', CHROMIUM, 'POST', false],
  ['fetch and curl', '*/*', 'GET', false],
  ['no header', undefined, 'GET', false],
  ['the pages themselves', 'application/json', 'GET', false],
  ['axios', 'application/json, text/plain, */*', 'GET', false],
  ['JSON before HTML', 'application/json, text/html;q=0.9', 'GET', false],
  ['HTML before JSON', 'text/html, application/json;q=0.5', 'GET', true],
  ['problems before HTML', 'application/problem+json, text/html;q=0.1', 'GET', false],
  ['refused HTML', 'text/html;q=0, */*', 'GET', false],
  ['upper case and spaces', ' TEXT/HTML ; Q=0.3 ', 'GET', true],
  ['a weight that is no number', 'text/html;q=best', 'GET', false],
])('%s', (_, accept, method, prefers) => {
  expect(prefersHtml({ method, headers: accept === undefined ? {} : { accept } })).toBe(prefers);
});
