import type { TrialList } from '../../src/queries/shapes.ts';
import type { RequestJson } from '../api/request.ts';

/** The place of the next page: a cursor belongs to the path whose answer named it, and the server refuses it with any other. */
interface Place {
  readonly path: string;
  readonly cursor: string;
}

/** Reads a list of trials page by page, one page at a time. */
export class TrialPages {
  private place: Place | undefined;
  private hasEnded = false;
  private reading: AbortController | undefined;
  private readonly request: RequestJson;

  constructor(request: RequestJson) {
    this.request = request;
  }

  /** Continues after the first page of a list, which has named `cursor`; null if it is the whole list. */
  start(path: string, cursor: string | null): void {
    this.stop();
    this.goOn(path, cursor);
  }

  /** Forgets the list, and cancels the page that is being read. */
  stop(): void {
    this.reading?.abort();
    this.reading = undefined;
    this.place = undefined;
    this.hasEnded = false;
  }

  private goOn(path: string, cursor: string | null): void {
    this.place = cursor === null ? undefined : { path, cursor };
    this.hasEnded = cursor === null;
  }

  /** Every page has been read. */
  get isWhole(): boolean {
    return this.hasEnded;
  }

  /** The next page; undefined if there is none, one is being read, or the list is another one by then. */
  async next(limit: number): Promise<TrialList | undefined> {
    const { place } = this;
    if (place === undefined || this.reading !== undefined) return undefined;
    const reading = new AbortController();
    this.reading = reading;
    try {
      const query = new URLSearchParams({ limit: String(limit), cursor: place.cursor });
      const page = await this.request<TrialList>(`${place.path}&${query}`, { signal: reading.signal });
      if (reading.signal.aborted) return undefined;
      this.goOn(place.path, page.next_cursor);
      return page;
    } catch (error) {
      if (reading.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.reading === reading) this.reading = undefined;
    }
  }
}
