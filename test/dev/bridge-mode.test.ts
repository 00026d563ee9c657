import { expect, test } from '@jest/globals';
import { bridgeMode } from '../../dev/bridge-mode.ts';

test("Thunderline's own worker is kept warm", () => {
  expect(bridgeMode({})).toEqual({ BRIDGE_MODE: 'warm' });
  expect(bridgeMode({ CEREBROS_SCRIPT_PATH: '' })).toEqual({ BRIDGE_MODE: 'warm' });
});

test('a script of the user, which may not have the mode warm, is started once for each operation', () => {
  expect(bridgeMode({ CEREBROS_SCRIPT_PATH: '/srv/cerebros_service.py' })).toEqual({});
});
