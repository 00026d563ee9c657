import { stripTypeScriptTypes } from 'node:module';

/** The jest transform: the type stripping of `node`, which keeps the lines and columns of the source. */
export default {
  process(source) {
    return { code: stripTypeScriptTypes(source, { mode: 'strip' }) };
  },
};
