import { expect, test } from '@jest/globals';
import { nameIn, withNames } from '../../src/pages/bundle-pages.ts';

test('the file of a bundle is found by its ending', () => {
  expect(
    nameIn(
      new Map([
        ['main-A.js', 1],
        ['main-B.css', 2],
      ]),
      '.css',
    ),
  ).toBe('main-B.css');
});

test('a bundle without a file that the pages need is an error', () => {
  expect(() => nameIn(new Map([['main-A.js', 1]]), '.css')).toThrow('has no .css file; it has main-A.js');
  expect(() => nameIn(new Map(), '.js')).toThrow('has no .js file');
});

test('every placeholder becomes the address of its file', () => {
  const html = withNames('<link href="{{main.css}}"><script src="{{main.js}}">', {
    'main.css': 'c-1.css',
    'main.js': 'j-2.js',
  });
  expect(html).toBe('<link href="/assets/c-1.css"><script src="/assets/j-2.js">');
});

test('a placeholder without a file is an error, and a file without a placeholder', () => {
  expect(() => withNames('{{main.css}}', {})).toThrow('names {{main.css}}');
  expect(() => withNames('', { 'main.js': 'j.js' })).toThrow('no placeholder for main.js');
});
