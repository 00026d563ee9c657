import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Call, Reply } from '../../src/http/route.ts';
import { bundlePages } from '../../src/pages/bundle-pages.ts';
import { createPageRoutes } from '../../src/pages/page-routes.ts';

const pages = await bundlePages();
const routes = createPageRoutes(pages);

function get(path: string, accepted?: string, file = ''): Reply {
  const route = routes.find((each) => each.path === path);
  const request = { headers: accepted === undefined ? {} : { 'accept-encoding': accepted } };
  return route?.handle({ request, parameters: { file } } as unknown as Call) as Reply;
}

const main = [...pages.assets.keys()].find((name) => /^main-.*\.js$/.test(name)) ?? '';

test.each(['/', '/runs/{run}', '/runs/{run}/trials/{trial}', '/compare'])('%s is the page', (path) => {
  const { type, body, headers } = get(path);
  expect(type).toBe('text/html; charset=utf-8');
  expect(String(body)).toContain(`/assets/${main}`);
  expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'cross-origin-opener-policy': 'same-origin' });
});

test('the page runs no inline script, loads nothing of another server and cannot be framed', () => {
  const { body, headers } = get('/');
  expect(headers?.['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
  expect(headers?.['content-security-policy']).toMatch(/frame-ancestors 'none'.*require-trusted-types-for 'script'/);
  expect(headers?.['content-security-policy']).toMatch(/; trusted-types thunderline-feed$/);
  expect(headers?.['content-security-policy']).not.toMatch(/data:|blob:/);
  expect(String(body)).not.toMatch(/<script>|<style|style=|https?:/);
});

test('everything that the page loads exists and may be kept forever', () => {
  const names = [...String(get('/').body).matchAll(/\/assets\/([^"]+)/g)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThanOrEqual(3);
  for (const name of names) {
    expect(get('/assets/{file}', undefined, name).headers?.['cache-control']).toContain('immutable');
  }
  expect(() => get('/assets/{file}', undefined, '../package.json')).toThrow('no such file');
});

describe('a file is sent in the best encoding that the client accepts', () => {
  test.each([
    [undefined, undefined],
    ['identity', undefined],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['BR;q=1.0, gzip', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.0', undefined],
  ])('%p: %p', (accepted, encoding) => {
    const { body, headers } = get('/assets/{file}', accepted, main);
    expect(headers?.['content-encoding']).toBe(encoding);
    expect(headers?.vary).toBe('accept-encoding');
    const content = body as Buffer;
    const plain =
      encoding === 'br' ? brotliDecompressSync(content) : encoding === 'gzip' ? gunzipSync(content) : content;
    expect(plain.equals(pages.assets.get(main)?.plain ?? Buffer.alloc(0))).toBe(true);
  });
});

test('the first view loads less than 90 kB', () => {
  const sizes = [...pages.assets.values()].map(({ br }) => br.length);
  expect(sizes.reduce((sum, size) => sum + size, pages.shell.br.length)).toBeLessThan(90_000);
});

describe('a page whose path ends with a slash is that without it', () => {
  const ask = (url: string): Reply => {
    const route = routes.find(({ name }) => name === 'unknownPage');
    return route?.handle({ request: { headers: {}, url }, parameters: {} } as unknown as Call) as Reply;
  };
  test.each([
    ['/compare/', '/compare'],
    ['/compare/?metric=loss', '/compare?metric=loss'],
    ['/runs/a%2Fb/', '/runs/a%2Fb'],
    ['/runs/a/trials/1/?sel=-', '/runs/a/trials/1?sel=-'],
  ])('%s', (url, location) => {
    expect(ask(url)).toMatchObject({ status: 308, headers: { location } });
  });
  test.each(['/runs/', '//elsewhere.example/', '/other/', '/runs//', '/runs/a/b/'])('%s stays unknown', (url) => {
    expect(ask(url).status).toBe(404);
  });
});
