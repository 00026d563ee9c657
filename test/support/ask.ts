/** The answer of an HTTP server; a body that is not JSON is the field `text`. */
export interface Answer<Body = Readonly<Record<string, unknown>>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Sends a request and reads the whole answer. */
export async function ask<Body = Readonly<Record<string, unknown>>>(
  url: string,
  options: RequestInit = {},
): Promise<Answer<Body>> {
  const response = await fetch(url, options);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
}
