/** A secret, and the user that it belongs to. */
export interface UserSecret {
  readonly secret: string;
  readonly user: string;
}

const SECRET_PARAMETER = /(?:password|token|secret|signature|key)$/i;

/**
 * The secrets in the text of a setting: the password and the secret parameters of an address; the password of `user:password`;
 * otherwise the text itself, if the setting is a secret. An address is none, so that it can be shown without them.
 *
 * @param user the user that another setting names.
 */
export function secretsOfSetting(text: string, isSecret: boolean, user: string): readonly UserSecret[] {
  if (isAddress(text)) {
    const { username, password, searchParams } = new URL(text);
    const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value);
    const own = [password, decoded(password)].map((secret) => ({ secret, user: decoded(username) }));
    return [...own, ...parameters.map((secret) => ({ secret, user: '' }))].filter(({ secret }) => secret !== '');
  }
  if (!isSecret) return [];
  const colon = text.indexOf(':');
  const whole = { secret: text, user };
  return colon > 0 ? [whole, { secret: text.slice(colon + 1), user: text.slice(0, colon) }] : [whole];
}

/** Variables of OpenTelemetry with headers (`name=value,name=value`), which its SDK reads itself. */
const HEADER_VARIABLES = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'] as const;

/** The values of the headers that the exporter of spans sends. */
export const secretsOfHeaders = (environment: Readonly<Record<string, string | undefined>>): readonly string[] =>
  HEADER_VARIABLES.flatMap((variable) => (environment[variable] ?? '').split(','))
    .filter((header) => header.includes('='))
    .map((header) => header.slice(header.indexOf('=') + 1).trim())
    .flatMap((value) => [value, decoded(value)]);

/** The words in the text of a setting that are no secret: a user, a host and a database of an address, or all of it. */
export function wordsOfSetting(text: string, isSecret: boolean): readonly string[] {
  if (!isAddress(text)) return isSecret ? [] : text.split(',').map((word) => word.trim());
  const { username, hostname, pathname } = new URL(text);
  return [decoded(username), hostname, ...pathname.split('/')];
}

/** Without its slashes, `user:password` would be an address too. */
const isAddress = (text: string): boolean => /^[a-z][\w+.-]*:\/\//i.test(text) && URL.canParse(text);

/** URL lets a percent sign stand for itself where no escape follows. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
