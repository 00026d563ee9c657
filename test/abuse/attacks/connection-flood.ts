import { type Attack, keepOpen } from '../harness/attack.ts';

/** Opens more connections than one client's share, and sends nothing on them. */
const attack: Attack = (target, signal) => keepOpen(target, signal, 1_200, () => undefined);
export default attack;
