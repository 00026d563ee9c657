import { expect, test } from '@jest/globals';
import { insideNetworks } from '../../src/access/inside-networks.ts';

const isInside = insideNetworks(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);

test.each([
  ['10.255.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['192.0.2.7', true],
  ['2001:db8:1::1', true],
  ['11.0.0.1', false],
  ['192.0.2.8', false],
  ['2001:db9::1', false],
  ['localhost', false],
  ['', false],
])('the address "%s" lies in the networks: %s', (address, expected) => {
  expect(isInside(address)).toBe(expected);
});

test('no address lies in an empty list', () => {
  expect(insideNetworks([])('10.0.0.1')).toBe(false);
});

test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/x', 'gateway.example', '2001:db8::/129'])(
  'the text %s is rejected, because it is neither an address nor a network',
  (text) => {
    expect(() => insideNetworks(['10.0.0.1', text])).toThrow(`${text} is neither`);
  },
);
