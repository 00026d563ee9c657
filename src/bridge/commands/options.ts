import { integer, MEBIBYTE, option } from '../../option.ts';

/** The bounds of posted commands. */
export const commandOptions = {
  maxBodyBytes: option(
    'COMMAND_MAX_BODY_BYTES',
    integer(1024, MEBIBYTE),
    '524288',
    'Bytes of a body that starts a study or trials, at most.',
  ),
} as const;
