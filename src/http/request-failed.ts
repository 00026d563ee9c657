/**
 * Emitted on a request, with a `Problem`, when the rest of it will not come: it is malformed, or it took too long. Whoever
 * reads its body answers.
 */
export const REQUEST_FAILED = Symbol('request failed');
