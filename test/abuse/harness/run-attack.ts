import { setMaxListeners } from 'node:events';
import type { Attack } from './attack.ts';

/** The process of an attack: `node run-attack.ts FILE HOST PORT`. It ends when its channel to the test closes. */
const [, , file = '', host = '', port = ''] = process.argv;
const { default: attack } = (await import(file)) as { readonly default: Attack };
const stop = new AbortController();
setMaxListeners(0, stop.signal);
process.once('disconnect', () => stop.abort());
await attack({ host, port: Number(port) }, stop.signal);
process.exit(0);
