/** The last answer and the last failure of something that is read, each with the choices that it belongs to. */
export interface Kept<T> {
  readonly answer?: { readonly key: string; readonly data: T };
  readonly failure?: { readonly key: string; readonly error: unknown };
}

/** Relates the last answer and failure to the present choices. A failure of earlier choices is none of the present ones. */
export const answerTo = <T>({ answer, failure }: Kept<T>, key: string) => ({
  data: answer?.data,
  error: failure?.key === key ? failure.error : undefined,
  isEarlier: answer !== undefined && answer.key !== key,
});
