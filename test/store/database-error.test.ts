import { expect, test } from '@jest/globals';
import pg from 'pg';
import { DatabaseUnavailable, describeDatabaseError, isBadData, unavailable } from '../../src/store/database-error.ts';

const databaseError = (code: string, fields: object = {}): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code, ...fields });

test.each<[string, boolean, unknown]>([
  ['22003 numeric value out of range', true, databaseError('22003')],
  ['22P02 invalid text representation', true, databaseError('22P02')],
  ['22P05 untranslatable character', true, databaseError('22P05')],
  ['23502 not null', true, databaseError('23502')],
  ['23505 unique', true, databaseError('23505')],
  ['23514 a check', true, databaseError('23514', { constraint: 'status_check' })],
  ['54001 statement too complex', true, databaseError('54001')],
  ['23514 no partition for the row', false, databaseError('23514')],
  ['08006 connection failure', false, databaseError('08006')],
  ['25006 read-only transaction', false, databaseError('25006')],
  ['40001 serialization failure', false, databaseError('40001')],
  ['40P01 deadlock', false, databaseError('40P01')],
  ['42P01 undefined table', false, databaseError('42P01')],
  ['53100 disk full', false, databaseError('53100')],
  ['53300 too many connections', false, databaseError('53300')],
  ['55P03 lock not available', false, databaseError('55P03')],
  ['57014 query cancelled', false, databaseError('57014')],
  ['57P01 admin shutdown', false, databaseError('57P01')],
  ['58030 I/O error', false, databaseError('58030')],
  ['XX001 data corrupted', false, databaseError('XX001')],
  ['a connection that ends', false, new Error('Connection terminated unexpectedly')],
  ['nothing', false, undefined],
])('%s is about the data: %s', (_, is, error) => {
  expect(isBadData(error)).toBe(is);
});

test('a description contains the detail and the code that Postgres adds', () => {
  expect(describeDatabaseError(databaseError('53300', { detail: 'no slot is left' }))).toBe(
    'refused no slot is left (53300)',
  );
  const both = new AggregateError([new Error('ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')]);
  expect(new DatabaseUnavailable(both).message).toBe('postgres: ECONNREFUSED ::1; ECONNREFUSED 127.0.0.1');
});

test('names the setting when the server requires a password and the address has none', () => {
  const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
  expect(new DatabaseUnavailable(error).message).toBe(
    'postgres: the server requires a password, and DATABASE_URL contains none',
  );
});

test('a bug in work on the database stays a bug, and any other error is a failure of Postgres', () => {
  const bug = new TypeError('x is undefined');
  expect(unavailable(bug)).toBe(bug);
  const known = new DatabaseUnavailable(new Error('timeout'), 'the MLflow mirror');
  expect(unavailable(known)).toBe(known);
  expect(unavailable(new Error('connect ECONNREFUSED'))).toBeInstanceOf(DatabaseUnavailable);
  expect(unavailable(databaseError('08006'))).toBeInstanceOf(DatabaseUnavailable);
});
