import { DownloadError } from '../errors.js';

/** Browsers follow 20. */
const MAX_REDIRECTS = 10;

/**
 * Sends a GET request and follows redirects: to other hosts, as archives are often stored elsewhere, but never from HTTPS
 * to HTTP or to anything else. A URL with a user name and a password is refused, so there is nothing secret to pass on.
 *
 * @throws DownloadError when the server cannot be reached, or redirects elsewhere or in a circle.
 */
export async function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let place = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await send(place, headers, signal, url);
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    place = nextPlace(place, location, url);
  }
  throw new DownloadError(
    `Cannot download ${url}: the server redirects more than ${MAX_REDIRECTS} times. Check the URL.`,
  );
}

const REDIRECTS = [301, 302, 303, 307, 308];

function nextPlace(place: string, location: string, url: string): string {
  const from = new URL(place);
  const to = URL.canParse(location, place) ? new URL(location, place) : undefined;
  const isAllowed = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (to && isAllowed && !to.username && !to.password) return to.href;
  const reason =
    to?.protocol === 'http:' && from.protocol === 'https:'
      ? 'from HTTPS to HTTP, where anybody may change the file'
      : 'to what is not a plain HTTP URL';
  throw new DownloadError(
    `Cannot download ${url}: the server redirects ${reason} (${location.slice(0, 200)}). Use another source.`,
  );
}

async function send(
  place: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  url: string,
): Promise<Response> {
  try {
    return await fetch(place, { headers, signal, redirect: 'manual' });
  } catch (error) {
    const redirected = place === url ? '' : ` (redirected to ${new URL(place).host})`;
    throw new DownloadError(
      `Cannot reach ${url}${redirected}: ${innermostReason(error)}. Check the URL and the internet connection.`,
      { cause: error },
    );
  }
}

/** The innermost cause's message: the error of `fetch` itself says only that it failed. */
export function innermostReason(error: unknown): string {
  const { cause, message, code } = error as Error & { code?: string };
  if (cause instanceof Error) return innermostReason(cause);
  return message || code || String(error);
}
