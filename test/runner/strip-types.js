import { stripTypeScriptTypes } from 'node:module';

/** The jest transform: the same type stripping `node` applies, so lines and columns stay what they are in the source. */
export default {
  process(source) {
    return { code: stripTypeScriptTypes(source, { mode: 'strip' }) };
  },
};
