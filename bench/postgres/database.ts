import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { loadConfig } from '../../src/config.ts';

/** Runs `work` on a new database of the server that DATABASE_URL names, and drops it afterwards. */
export async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const { databaseUrl } = loadConfig();
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  const name = `bench_${randomBytes(5).toString('hex')}`;
  try {
    await server.query(`create database ${name}`);
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await server.query(`drop database if exists ${name} with (force)`);
    await server.end();
  }
}
