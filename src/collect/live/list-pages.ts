import type { Gap } from '../../cluster/gap.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import type { Kind } from '../../cluster/kinds.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { messageOf } from './api-client.ts';
import { keyOf, missingRight, resourcePath } from './live-kinds.ts';
import { LiveFault } from './live-fault.ts';

const pageSize = 500;
const maxRestarts = 2;

/** How a list ended: whole; not served by this server; or cut off, with the gap that says why. `silent`: no answer came. */
export type ListEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'not-served' }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly silent?: boolean };

/** What a list needs to know. */
export interface ListRequest {
  readonly kind: Kind;
  readonly version: string;
  /** One namespace alone. */
  readonly namespace?: string;
  /** Called with each page's items as they came, of which nothing is kept here. */
  readonly take: (items: readonly JsonObject[]) => void;
  /** Called where the list starts again: what was taken is void. */
  readonly restart: () => void;
  readonly progress?: (done: number, of: number) => void;
}

/**
 * Reads a list page by page (`limit`, `continue`). Where the server has forgotten the list's state (410) it starts again, and at
 * last asks for the whole list at once, as client-go's pager does. Never throws LiveFault: a refusal, a timeout or a broken answer is a
 * gap of this kind, and the pages before it stay. A 401 is thrown: nothing more can be read.
 */
export async function listPages(client: ApiClient, request: ListRequest): Promise<ListEnd> {
  const { kind, version } = request;
  const path = resourcePath(kind.group, version, kind.plural, request.namespace);
  let next = '';
  let restarts = 0;
  let done = 0;
  for (;;) {
    let answer: ApiAnswer;
    try {
      answer = await client.get(`${path}${queryOf(next, restarts)}`);
    } catch (error) {
      if (!(error instanceof LiveFault) || error.status === 401) throw error;
      const silent = error.failure === 'timeout' || error.failure === 'connection';
      return { kind: 'gap', gap: { ...error.gap, source: path, kind: keyOf(kind) }, silent };
    }
    if (answer.status === 404 && next === '') return { kind: 'not-served' };
    if (answer.status === 410 && restarts < maxRestarts) {
      restarts++;
      next = '';
      done = 0;
      request.restart();
      continue;
    }
    if (answer.status !== 200) return { kind: 'gap', gap: refusal(path, kind, answer) };
    const { body } = answer;
    const items = isObject(body) ? body['items'] : undefined;
    if (
      !isObject(body) ||
      !(stringAt(body['kind']) ?? '').endsWith('List') ||
      (!Array.isArray(items) && items !== null && items !== undefined)
    )
      return {
        kind: 'gap',
        gap: { source: path, reason: 'broken answer: not a list', hint: 'look at it with kubectl get --raw', kind: keyOf(kind) },
      };
    const page = listAt(items).filter(isObject);
    request.take(page);
    done += page.length;
    const metadata = objectAt(body['metadata']);
    const former = next;
    next = stringAt(metadata['continue']) ?? '';
    const remaining = metadata['remainingItemCount'];
    request.progress?.(done, done + (typeof remaining === 'number' ? remaining : 0));
    if (next === '') return { kind: 'whole' };
    if (next === former)
      return {
        kind: 'gap',
        gap: { source: path, reason: 'the server gave the same page twice', hint: 'try again', kind: keyOf(kind) },
      };
  }
}

function queryOf(next: string, restarts: number): string {
  if (restarts === maxRestarts) return '';
  return `?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
}

function refusal(path: string, kind: Kind, { status, body }: ApiAnswer): Gap {
  const reason = `${status} ${messageOf(body) || (status === 403 ? 'forbidden' : 'the list ended early')}`;
  const hint = status === 403 ? missingRight('list', kind.plural, kind.group) : 'try again';
  return { source: path, reason, hint, kind: keyOf(kind) };
}
