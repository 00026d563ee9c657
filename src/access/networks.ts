import { BlockList, isIP } from 'node:net';

/** A list of addresses and networks (`10.0.0.0/8`). Throws an Error that names the first text that is neither. */
export function networksOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (isIP(address) === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new Error(`expected addresses or networks as 10.0.0.0/8, comma-separated; ${text} is neither`);
    }
    list.addSubnet(address, prefix, family);
  }
  return list;
}
