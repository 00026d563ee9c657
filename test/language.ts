import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The house rules of language that a machine can check, in comments, strings, test titles and documents
 * (CONTRIBUTING.md, "Language"). `npm run language` prints every violation and exits 1 when there is one;
 * `npm run language -- src docs` reads only the paths that start with `src` or `docs`.
 */

/** One text that a rule reads: prose of a comment, a string or a document, on one line. */
export interface Passage {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

interface Wording {
  readonly pattern: RegExp;
  readonly instead: string;
}

/**
 * "One" as a person. "The next one sees it" is a thing: the word counts only after a conjunction, after a plural noun, or with a verb of
 * choosing and typing.
 */
const PERSON_ONE: readonly RegExp[] = [
  /\b(?:before|after|while|when(?:ever)?|what|where|how|why|as|until|unless) one (?:has|had|sees?|saw|needs?|can|cannot|may|must|should|would|could|wants?|reads?|looks?|scrolls?|types?|clicks?|chose|chooses|does)\b/i,
  /\b(?!this\b|was\b|is\b)\w+s one (?:sees|saw|scrolls|reads|wants|looks|types|clicks|chose|chooses)\b/i,
  /\bthat one (?:sees|scrolls|chose|chooses|wants|types|clicks|does with)\b/i,
  /(?<!\b(?:this|other|another|no|the \w+) )one (?:(?:has|had) (?:chosen|confirmed|typed|selected|scrolled)|needs to \w+|was filling)\b/i,
];

/** Words and phrases that read as translated or antique English, each with what to write instead. */
const WORDINGS: readonly Wording[] = [
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\bwho(?:ever|soever)\b/i, instead: 'name the actor: the caller, the next owner' },
  { pattern: /\bthe world\b/i, instead: 'a dependency, or its name' },
  { pattern: /\bnobody\b/i, instead: 'no consumer, no client, no one' },
  { pattern: /\bbegun\b/i, instead: 'started' },
  { pattern: /\b(?:lets?|letting) go\b/i, instead: 'release' },
  { pattern: /\bfor good\b/i, instead: 'permanently' },
  { pattern: /\bat rest\b/i, instead: 'stored' },
  { pattern: /\b(?:is|are|of|not|longer) ours\b/i, instead: 'this process, this consumer' },
  { pattern: /\b(?:heals|healed)\b/i, instead: 'recovers' },
  {
    pattern: /\b(?:tells|told) (?:of|whether|how|apart|what|where|that)\b/i,
    instead: 'reports, returns, distinguishes',
  },
  { pattern: /\b(?:is|are|be|was) to be had\b/i, instead: 'is available' },
  { pattern: /\bsays? so\b/i, instead: 'reports it' },
  { pattern: /\bknows? of\b/i, instead: 'has, holds' },
  { pattern: /\bmend(?:s|ed|ing)?\b/i, instead: 'repair, correct, resolve' },
  { pattern: /\bfor want of\b/i, instead: 'because it lacks, because it is unavailable' },
  { pattern: /\bfor ever\b/i, instead: 'forever, permanently, without end' },
  { pattern: /\bhow-manieth\b/i, instead: 'the number of' },
  { pattern: /\bsomebody\b/i, instead: 'name the actor: a person, another process' },
  { pattern: /\b(?:is|are|was|were|be) away\b(?! from)/i, instead: 'is unavailable' },
  {
    pattern: /\b(?:the|of|from|to) own (?:pages?|servers?|workers?|programs?|address)\b/i,
    instead: 'its own, the same, this',
  },
  {
    pattern: /\bl(?:ie|ies|ay|ying) (?:over|below|beside) each other\b/i,
    instead: 'overlap, are stacked, are side by side',
  },
  { pattern: /\b(?:has|have|without) news\b/i, instead: 'has changed, has received an event' },
  ...PERSON_ONE.map((pattern) => ({ pattern, instead: 'the user, the reader, or the passive' })),
];

/** A sentence of a comment that is a free relative clause: "What is batched is sent." */
const FREE_RELATIVE: Wording = {
  pattern: /^(?:What|Who|Whom|Where(?= [a-z]+ [a-z]+ (?:stands?|lies|lives?|goes|is|are)\b[^,]*$))\b(?!.*\?$)/,
  instead: 'start with the noun the sentence is about',
};

const FILES =
  /^(?:src|dev|bench|bin|test|docs|deploy|workers|web)\/.*\.(?:tsx?|js|py|md|sh)$|^(?:README|CONTRIBUTING)\.md$/;
/** This file quotes the words it forbids; generated and pinned files are not prose. */
const EXCLUDED = /^test\/language(?:\.test)?\.ts$|^src\/avro\/records\.ts$|\.txt$/;

/** The header of the table in CONTRIBUTING.md that quotes wordings to avoid; that table is not checked. */
const EXAMPLES = /^\| not \| but \|$/;

/** Every violation in the files that git tracks and that start with one of `prefixes`, as `path:line: text`. */
export function violations(root: string, prefixes: readonly string[] = ['']): string[] {
  const paths = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return paths
    .filter((path) => FILES.test(path) && !EXCLUDED.test(path))
    .filter((path) => prefixes.some((prefix) => path.startsWith(prefix)))
    .flatMap((path) => passagesOf(path, readFileSync(join(root, path), 'utf8')))
    .flatMap(faultsOf)
    .map(({ path, line, text, instead }) => `${path}:${line}: ${JSON.stringify(text)} (${instead})`);
}

/** The violations in one passage. */
export function faultsOf(passage: Passage): readonly (Passage & { readonly instead: string })[] {
  const sentences = passage.text.split(/(?<=[.!?]) +(?=[A-Z])/).map((sentence) => sentence.trim());
  const wordings = WORDINGS.filter(({ pattern }) => pattern.test(passage.text));
  const relative = sentences.some((sentence) => FREE_RELATIVE.pattern.test(sentence)) ? [FREE_RELATIVE] : [];
  return [...wordings, ...relative].map(({ instead }) => ({ ...passage, instead }));
}

/** The prose of a file: all of a document; of code its comments, and its strings that have a space in them. */
export function passagesOf(path: string, content: string): Passage[] {
  const lines = content.split('\n');
  const passages = lines.map((text, index) => ({ path, line: index + 1, text }));
  if (path.endsWith('.md'))
    return inParagraphs(withoutExamples(passages).map((passage) => ({ ...passage, text: proseOf(passage.text) })));
  const comments = passages.map((passage) => ({ ...passage, text: commentOf(path, passage.text) }));
  const strings = passages.flatMap((passage) =>
    [...passage.text.matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g)]
      .map(([, , text = '']) => ({ ...passage, text }))
      .filter(({ text }) => text.includes(' ')),
  );
  return [...inParagraphs(comments), ...strings];
}

/** Empties the rows of a table of {@link EXAMPLES}. */
function withoutExamples(passages: readonly Passage[]): Passage[] {
  let inExamples = false;
  return passages.map((passage) => {
    inExamples = passage.text.startsWith('|') && (inExamples || EXAMPLES.test(passage.text));
    return inExamples ? { ...passage, text: '' } : passage;
  });
}

const proseOf = (line: string): string => line.replace(/`[^`]*`/g, 'CODE').replace(/^[\s|*#>-]+/, '');

function commentOf(path: string, line: string): string {
  const pattern =
    path.endsWith('.py') || path.endsWith('.sh') ? /^\s*(?:#|""")(.*?)(?:""")?$/ : /(?:^\s*\/?\*+|\/\/)(.*?)(?:\*\/)?$/;
  return (pattern.exec(line)?.[1] ?? '').replace(/`[^`]*`/g, 'CODE').trim();
}

/** Joins neighbouring lines, so that a sentence that runs over a line end is read as one. */
function inParagraphs(passages: readonly Passage[]): Passage[] {
  const paragraphs: Passage[] = [];
  let open: Passage | undefined;
  for (const passage of passages) {
    if (passage.text === '') {
      if (open !== undefined) paragraphs.push(open);
      open = undefined;
      continue;
    }
    open = open === undefined ? passage : { ...open, text: `${open.text} ${passage.text}` };
  }
  if (open !== undefined) paragraphs.push(open);
  return paragraphs;
}

if (process.argv[1] === import.meta.filename) {
  const prefixes = process.argv.slice(2);
  const found = violations(join(import.meta.dirname, '..'), prefixes.length > 0 ? prefixes : ['']);
  for (const violation of found) console.error(violation);
  if (found.length > 0) {
    console.error(`${found.length} violations of the language rules in CONTRIBUTING.md`);
    process.exit(1);
  }
}
