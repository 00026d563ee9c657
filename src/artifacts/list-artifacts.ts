import { Problem } from '../http/problem.ts';
import { type Call, jsonReply, type Reply } from '../http/route.ts';
import type { ArtifactQueries } from '../store/queries/trial-artifacts.ts';
import { boundedLooks } from './bounded-looks.ts';
import { type DescribeParts, describeArtifact } from './describe-artifact.ts';
import { inTurns } from './in-turns.ts';
import { type LinkSettings, linkVerdict } from './link-verdict.ts';
import { readQuery } from './read-query.ts';
import { trialOf } from './trial-of.ts';

export const DEFAULT_PAGE = 100;
export const MAX_PAGE = 500;
/** Requests to the object store at the same time, for one list. */
const LOOKS_AT_ONCE = 8;
/** How long the object store may take for a list. Artifacts after that are listed with a link but without a size. */
const LOOKS_MS = 15_000;

export interface ListArtifactsParts extends Omit<DescribeParts, 'verdict'> {
  readonly links: LinkSettings;
  readonly queries: Pick<ArtifactQueries, 'list' | 'trialExists'>;
}

/** `GET /api/runs/{run}/trials/{trial}/artifacts`: a page of the trial's artifacts, uploads by name first. */
export function createListArtifacts(parts: ListArtifactsParts): (call: Call) => Promise<Reply> {
  const { links, queries } = parts;
  return async function listArtifacts({ request, access, parameters }) {
    const of = trialOf(parameters);
    const query = readQuery(request, ['limit', 'cursor']);
    const after = readCursor(query.cursor);
    const limit = readLimit(query.limit);
    const rows = await queries.list(of, { after, limit: limit + 1 });
    if (rows.length === 0 && after === '' && !(await queries.trialExists(of))) {
      throw new Problem('not_found', 'no event has named this trial, and nothing was uploaded for it');
    }
    const page = rows.slice(0, limit);
    const isBound = access.runPrefix !== '';
    const verdict = (uri: string) => linkVerdict(uri, of, isBound, links);
    const describing = { ...parts, store: boundedLooks(parts.store, LOOKS_MS), verdict };
    const described = await inTurns(page, LOOKS_AT_ONCE, (row) => describeArtifact(row, describing));
    const last = rows.length > limit ? page.at(-1) : undefined;
    return jsonReply({
      model_run_id: of.run,
      trial_id: of.trial,
      artifacts: described,
      next_cursor: last === undefined ? null : Buffer.from(last.cursor).toString('base64url'),
    });
  };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAGE;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new Problem('malformed_request', `the parameter limit must be an integer from 1 to ${MAX_PAGE}`);
}

/** A cursor is an opaque text to the client. Postgres takes any text without NUL. */
function readCursor(text: string | undefined): string {
  if (text === undefined) return '';
  const cursor = Buffer.from(text, 'base64url').toString();
  if (/^[\w-]{1,8192}$/.test(text) && !cursor.includes('\0')) return cursor;
  throw new Problem('malformed_request', 'the parameter cursor must be the next_cursor of an earlier answer');
}
