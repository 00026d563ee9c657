/**
 * Regular expressions that take a time linear in the text, whatever the expression: a link contains one
 * that another person wrote, and `RegExp` may need years for `/(a+)+b/`. All states of the expression are followed at once (Thompson 1968).
 *
 * Known are characters and their escapes, `.`, `\d \w \s` and their opposites, `[...]`, groups, `|`, `* + ? {m,n}`, `^`, `$`
 * and `\b`; case does not count. Groups are not captured, so look-around and references to groups are errors.
 */
export type Matcher = (text: string) => boolean;

type Test = (character: string) => boolean;
type Place = 'start' | 'end' | 'boundary';

/** One step of a compiled expression: `next` follows it, and `other` is a second way on. */
interface State {
  readonly test?: Test;
  readonly place?: Place;
  next?: State;
  other?: State;
}

/** Part of an expression: compiles itself before `next`. */
type Part = (next: State) => State;

const MOST_STATES = 2_000;
const MOST_REPEATS = 100;

/** Compiles an expression; undefined if it is invalid, too large or uses what is not known here. */
export function linearPattern(expression: string): Matcher | undefined {
  try {
    const end: State = {};
    const start = new Parser(expression).parse()(end);
    return (text) => isFound(start, end, text.toLowerCase());
  } catch {
    return undefined;
  }
}

function isFound(start: State, end: State, text: string): boolean {
  let states = new Set<State>();
  for (let at = 0; at <= text.length; at += 1) {
    // A match may start at each character.
    reach(start, text, at, states);
    if (states.has(end)) return true;
    const next = new Set<State>();
    const character = text[at];
    if (character === undefined) return false;
    for (const { test, next: after } of states) {
      if (after !== undefined && test?.(character)) reach(after, text, at + 1, next);
    }
    states = next;
  }
  return false;
}

/** Adds every state that is reached without a further character. */
function reach(from: State, text: string, at: number, into: Set<State>): void {
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (into.has(state)) continue;
    into.add(state);
    if (state.test !== undefined || (state.place !== undefined && !isAt(state.place, text, at))) continue;
    if (state.next !== undefined) open.push(state.next);
    if (state.other !== undefined) open.push(state.other);
  }
}

function isAt(place: Place, text: string, at: number): boolean {
  if (place === 'start') return at === 0;
  if (place === 'end') return at === text.length;
  return isWord(text[at - 1] ?? '') !== isWord(text[at] ?? '');
}

const isDigit: Test = (character) => /^[0-9]$/.test(character);
const isWord: Test = (character) => /^[\p{L}\p{N}_]$/u.test(character);
const isSpace: Test = (character) => /^\s$/.test(character);
const not =
  (test: Test): Test =>
  (character) =>
    !test(character);
const CLASSES: Readonly<Record<string, Test>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

class Parser {
  private at = 0;
  private states = 0;
  private readonly text: string;
  /** The case of a letter matters after a backslash only. */
  private readonly original: string;

  constructor(expression: string) {
    this.original = expression;
    // Both have the same length: some capital letters have two small ones.
    this.text = expression.replace(/[\s\S]/g, (each) => (each.toLowerCase().length === 1 ? each.toLowerCase() : each));
  }

  parse(): Part {
    const part = this.either();
    if (this.at < this.text.length) throw new Error('a parenthesis is closed that is not open');
    return part;
  }

  private either(): Part {
    const first = this.sequence();
    if (!this.take('|')) return first;
    const second = this.either();
    return (next) => this.state({ next: first(next), other: second(next) });
  }

  private sequence(): Part {
    const parts: Part[] = [];
    while (this.at < this.text.length && this.text[this.at] !== '|' && this.text[this.at] !== ')') {
      parts.push(this.repeated());
    }
    return (next) => parts.reduceRight((after, part) => part(after), next);
  }

  private repeated(): Part {
    const part = this.atom();
    const [, counted, least = '', comma, most = ''] = /^(\{(\d+)(,(\d*))?\})/.exec(this.text.slice(this.at)) ?? [];
    const sign = this.text[this.at] ?? '';
    if (counted === undefined && !'*+?'.includes(sign || ' ')) return part;
    this.at += counted?.length ?? 1;
    // A lazy repetition finds the same texts.
    this.take('?');
    const from = counted === undefined ? (sign === '+' ? 1 : 0) : Number(least);
    const to = counted === undefined ? (sign === '?' ? 1 : undefined) : upTo(from, comma, most);
    if (from > MOST_REPEATS || (to ?? 0) > MOST_REPEATS) throw new Error('too many repetitions');
    return (next) => this.repeat(part, from, to, next);
  }

  private repeat(part: Part, from: number, to: number | undefined, next: State): State {
    let state = next;
    if (to === undefined) {
      state = this.state({ other: next });
      state.next = part(state);
    }
    for (let optional = from; to !== undefined && optional < to; optional += 1) {
      state = this.state({ next: part(state), other: next });
    }
    for (let needed = 0; needed < from; needed += 1) {
      const before = state;
      state = part(state);
      // An empty part adds no state, however often it is repeated, so no bound on states would end nested ones.
      if (state === before) break;
    }
    return state;
  }

  private atom(): Part {
    const character = this.next();
    if (character === '(') return this.group();
    if (character === '[') return this.tested(this.set());
    if (character === '.') return this.tested((each) => each !== '\n');
    if (character === '^') return (next) => this.state({ place: 'start', next });
    if (character === '$') return (next) => this.state({ place: 'end', next });
    if ('*+?'.includes(character)) throw new Error('there is nothing to repeat');
    if (character !== '\\') return this.tested((each) => each === character);
    if (this.original[this.at] === 'b') {
      this.at += 1;
      return (next) => this.state({ place: 'boundary', next });
    }
    return this.tested(this.escape());
  }

  private group(): Part {
    if (this.take('?') && !this.take(':')) throw new Error('look-around is not known');
    const part = this.either();
    if (!this.take(')')) throw new Error('a parenthesis is not closed');
    return part;
  }

  /** Reads the rest of an escape: a class of characters, or one. */
  private escape(): Test {
    const letter = this.original[this.at] ?? '';
    const character = this.next();
    if (/[1-9]/.test(character)) throw new Error('references are not known');
    const [known, wanted] = [CLASSES[letter], CONTROLS[letter] ?? character];
    return known ?? ((each) => each === wanted);
  }

  /** Reads the rest of a set in brackets. */
  private set(): Test {
    const isNegated = this.take('^');
    const tests: Test[] = [];
    while (!this.take(']')) {
      const low = this.next();
      if (low === '\\') tests.push(this.escape());
      else if (this.text[this.at] === '-' && this.text[this.at + 1] !== ']') {
        this.at += 1;
        const high = this.next();
        if (high < low) throw new Error('a range has no character');
        tests.push((each) => each >= low && each <= high);
      } else tests.push((each) => each === low);
    }
    const isAny: Test = (each) => tests.some((test) => test(each));
    return isNegated ? not(isAny) : isAny;
  }

  private readonly tested =
    (test: Test): Part =>
    (next) =>
      this.state({ test, next });

  private state(state: State): State {
    this.states += 1;
    if (this.states > MOST_STATES) throw new Error('the expression is too large');
    return state;
  }

  private next(): string {
    const character = this.text[this.at];
    if (character === undefined) throw new Error('the expression ends too early');
    this.at += 1;
    return character;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }
}

/** The greatest number of repetitions of `{m}`, `{m,}` and `{m,n}`; undefined for no limit. */
function upTo(from: number, comma: string | undefined, most: string): number | undefined {
  if (comma === undefined) return from;
  if (most === '') return undefined;
  if (Number(most) < from) throw new Error('a repetition ends before it starts');
  return Number(most);
}
