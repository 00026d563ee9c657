type Yaml = string | number | boolean | readonly Yaml[] | { readonly [name: string]: Yaml | undefined };

/** Text that YAML reads as itself, and neither as a number, a truth value nor a date. */
const PLAIN = /^[A-Za-z_/][\w./:-]*$/;
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

/** A value as YAML, as a person would write it. */
export function toYaml(value: Yaml): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: Yaml): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: Yaml) => {
      const [first = '', ...rest] = lines(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : pair(name, member)));
  }
  return [scalar(value)];
}

function pair(name: string, member: Yaml): string[] {
  const key = scalar(name);
  if (typeof member !== 'object') return [`${key}: ${scalar(member)}`];
  const isEmpty = Object.keys(member).length === 0;
  if (isEmpty) return [`${key}: ${Array.isArray(member) ? '[]' : '{}'}`];
  return [`${key}:`, ...lines(member).map((line) => `  ${line}`)];
}

function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return PLAIN.test(value) && !value.endsWith(':') && !RESERVED.test(value)
    ? value
    : `'${value.replaceAll("'", "''")}'`;
}
