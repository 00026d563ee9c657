import pg from 'pg';
import type { CallResult, StartCall } from '../dependency-calls.ts';
import { isBadData } from './database-error.ts';

type Query = (...args: unknown[]) => unknown;
type Callback = (error: unknown, ...rest: unknown[]) => void;

/** A class of connections that counts each statement, and each failure to connect, as one call of Postgres. */
export function countedClient(start: StartCall): new (config?: string | pg.ClientConfig) => pg.Client {
  return class CountedClient extends pg.Client {
    override query = ((...args: unknown[]): unknown => {
      const end = start();
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        // As the pool does.
        const counted: Callback = (error, ...rest) => {
          end(resultOf(error));
          (callback as Callback)(error, ...rest);
        };
        return this.#send(...args.slice(0, -1), counted);
      }
      const sent = this.#send(...args);
      // A cursor or a stream is no promise; its end is not seen here.
      if (sent instanceof Promise) {
        sent.then(
          () => end('ok'),
          (error: unknown) => end(resultOf(error)),
        );
      }
      return sent;
    }) as unknown as pg.Client['query'];

    override connect = ((callback?: Callback): unknown => {
      const end = start();
      const counted: Callback = (error, ...rest) => {
        if (error !== undefined && error !== null) end(resultOf(error));
        callback?.(error, ...rest);
      };
      // The pool calls with a callback.
      if (callback !== undefined) return this.#connect(counted);
      return this.#connect().catch((error: unknown) => {
        end(resultOf(error));
        throw error;
      });
    }) as unknown as pg.Client['connect'];

    #connect(callback?: Callback): Promise<pg.Client> {
      return (pg.Client.prototype.connect as unknown as (callback?: Callback) => Promise<pg.Client>).call(
        this,
        callback,
      );
    }

    #send(...args: unknown[]): unknown {
      return (pg.Client.prototype.query as Query).apply(this, args);
    }
  };
}

/** Class 42 is a statement that is wrong, which Postgres refuses as it refuses wrong data. */
const resultOf = (error: unknown): CallResult => {
  if (error === undefined || error === null) return 'ok';
  const isWrongStatement = error instanceof pg.DatabaseError && error.code?.startsWith('42') === true;
  return isBadData(error) || isWrongStatement ? 'refused' : 'failed';
};
