import type { Readiness } from '../server/readiness';
import type { ServerStats } from '../server/stats/server-stats';
import { metricsText } from './metrics-text';

/** What is answered to a request. */
export interface Page {
  readonly status: number;
  /** The media type. */
  readonly type: string;
  readonly body: string;
  /** Where the method was wrong: those that are right. */
  readonly allow?: string;
}

/** What the pages tell of. */
export interface AdminSubject {
  readonly readiness: Readiness;
  readonly stats: { read(): Promise<ServerStats> };
  readonly version: string;
}

/** The pages of the admin endpoint by their paths. */
export type Pages = ReadonlyMap<string, () => Page | Promise<Page>>;

/** Whether the process turns, whether it takes clients, and its metrics. */
export function adminPages({ readiness, stats, version }: AdminSubject): Pages {
  const metrics = async (): Promise<Page> => {
    const { isReady, serving } = readiness;
    const startedAt = performance.timeOrigin;
    const { type, text } = await metricsText({
      stats: await stats.read(),
      isReady,
      workers: serving,
      version,
      startedAt,
    });
    return { status: 200, type, body: text };
  };
  return new Map<string, () => Page | Promise<Page>>([
    ['/livez', () => plainPage(200, 'alive')],
    ['/readyz', () => plainPage(readiness.isReady ? 200 : 503, readiness.state)],
    ['/metrics', metrics],
  ]);
}

/** Answers a request; never rejects. */
export async function pageFor(pages: Pages, method: string, path: string): Promise<Page> {
  const page = pages.get(path);
  if (page === undefined) return plainPage(404, `no such page; there are ${[...pages.keys()].join(', ')}`);
  if (method !== 'GET' && method !== 'HEAD') {
    return { ...plainPage(405, 'only GET and HEAD are answered'), allow: 'GET, HEAD' };
  }
  try {
    return await page();
  } catch (error) {
    return plainPage(500, `internal error: ${String(error)}`);
  }
}

/** A page of plain text. */
export const plainPage = (status: number, text: string): Page => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${text}\n`,
});
