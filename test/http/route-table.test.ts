import { describe, expect, test } from '@jest/globals';
import { Problem } from '../../src/http/problem.ts';
import type { Route } from '../../src/http/route.ts';
import { ANY_PAGE, allowOf, RouteTable, routeFor } from '../../src/http/route-table.ts';

const route = (method: Route['method'], path: string, name = `${method} ${path}`): Route => ({
  name,
  method,
  path,
  scope: null,
  operation: { summary: name, responses: {} },
  handle: () => undefined,
});

const table = new RouteTable();
table.add(route('GET', '/api/runs'), route('POST', '/api/runs'), route('GET', '/api/runs/{run}/trials/{trial}'));

describe('a route table', () => {
  test.each([
    ['/api/runs', '/api/runs', {}],
    ['/API/Runs/', '/api/runs', {}],
    ['/api/runs/a%2Fb/trials/%C3%BC', '/api/runs/{run}/trials/{trial}', { run: 'a/b', trial: 'ü' }],
    ['/api/runs/a/trials/b/', '/api/runs/{run}/trials/{trial}', { run: 'a', trial: 'b' }],
  ])('matches %s to %s', (path, pattern, parameters) => {
    const match = table.match(path);
    expect([match?.address.path, match?.parameters]).toEqual([pattern, parameters]);
  });

  test.each(['/', '/api', '/api/runs/a', '/api/runs//trials/b', '/api/runs/a/b/trials/c', '/xapi/runs', '/apiXruns'])(
    'does not match %s',
    (path) => {
      expect(table.match(path)).toBeUndefined();
    },
  );

  test('prefers a path without parameters, in whatever order the routes were added', () => {
    const unordered = new RouteTable();
    unordered.add(route('GET', '/api/runs/{run}'), route('GET', '/api/runs/compare'));
    expect(unordered.match('/api/runs/compare/')?.address.path).toBe('/api/runs/compare');
    expect(unordered.match('/api/runs/7')?.address.path).toBe('/api/runs/{run}');
  });

  test('throws a problem for a parameter that cannot be decoded', () => {
    expect(() => table.match('/api/runs/%ff/trials/b')).toThrow(Problem);
  });

  test('keeps the page of unknown addresses apart from the routes of the API', () => {
    const withPage = new RouteTable();
    expect(withPage.unknownPage).toBeUndefined();
    withPage.add(route('GET', '/api/runs'), route('GET', ANY_PAGE, 'unknownPage'));
    expect(withPage.unknownPage?.name).toBe('unknownPage');
    expect(withPage.list().map(({ path }) => path)).toEqual(['/api/runs']);
    for (const path of ['/', '/x', ANY_PAGE]) expect(withPage.match(path)).toBeUndefined();
    expect(withPage.exact('GET', ANY_PAGE)).toBeUndefined();
  });

  test('finds a route without parameters by its exact URL and method only', () => {
    expect(table.exact('POST', '/api/runs')?.name).toBe('POST /api/runs');
    for (const [method, url] of [
      ['HEAD', '/api/runs'],
      ['GET', '/api/runs/'],
      ['GET', '/api/runs?x=1'],
      ['GET', '/api/runs/{run}/trials/{trial}'],
      ['constructor', '/api/runs'],
      ['GET', 'constructor'],
    ]) {
      expect(table.exact(method, url)).toBeUndefined();
    }
  });

  test('serves HEAD as GET and lists the methods of an address', () => {
    const address = table.match('/api/runs')?.address;
    if (address === undefined) throw new Error('no match');
    expect(routeFor(address, 'HEAD')?.method).toBe('GET');
    expect(routeFor(address, 'DELETE')).toBeUndefined();
    expect(allowOf(address)).toBe('GET, HEAD, POST, OPTIONS');
  });

  test('rejects a second route with the same method and path, or the same name', () => {
    expect(() => table.add(route('GET', '/api/runs', 'another'))).toThrow('conflicts with GET /api/runs');
    expect(() => table.add(route('GET', '/other', 'GET /api/runs'))).toThrow('conflicts with GET /api/runs');
  });
});
