import { readFileSync } from 'node:fs';
import { ROOT } from '../runner/jest.ts';
import { baseImage } from './base-image.ts';
import { build } from './containers.ts';

/** The names of the two images of the Dockerfile. */
export interface Images {
  readonly roles: string;
  readonly bridge: string;
  /** The image that both are built on. */
  readonly base: string;
}

/** The base image that the Dockerfile names. */
export const publishedBase = (): string =>
  /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(`${ROOT}/Dockerfile`, 'utf8'))?.[1] ?? '';

/** Builds both images. `IMAGE_BASE=published` builds on the published base image, which must then be reachable. */
export async function builtImages(): Promise<Images> {
  const base = process.env.IMAGE_BASE === 'published' ? publishedBase() : await baseImage();
  const images = { roles: 'localhost/thunderline:test', bridge: 'localhost/thunderline-bridge:test', base };
  const options = ['--network', 'host', '--build-arg', `NODE_IMAGE=${base}`];
  await build(ROOT, images.roles, options);
  await build(ROOT, images.bridge, [...options, '--target', 'bridge']);
  return images;
}
