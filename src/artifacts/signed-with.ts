/** The part of a command of the AWS SDK that this function needs. */
interface Command {
  readonly middlewareStack: {
    add(
      middleware: (next: (arguments_: never) => never) => (arguments_: { request: unknown }) => never,
      options: { readonly step: 'build'; readonly name: string },
    ): void;
  };
}

/**
 * Sends the SHA-256 of the body with a command, by which the store checks the bytes that arrive. The SDK would hash the body
 * itself, 8 MiB in one piece.
 *
 * @param sha256 in hexadecimal digits.
 */
export function signedWith<C>(command: C, sha256: string): C {
  (command as Command).middlewareStack.add(
    (next) => (given) => {
      (given.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = sha256;
      return next(given as never);
    },
    { step: 'build', name: 'thunderlinePayloadHash' },
  );
  return command;
}
