import type { RequestLine } from '../../audit/requests.ts';
import { bundledRequestLines, readRequestLines } from '../../audit/requests.ts';
import type { Subject } from '../../results/finding.ts';
import { judgeByVersion } from '../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../per-component.ts';
import type { Settings } from '../settings.ts';
import { bundledFile } from '../settings.ts';

/** The request lines that a parameter `file` names; none where its text was not read with the settings. */
export function requestLinesOf(settings: Settings, file: string): readonly RequestLine[] {
  return file === bundledFile ? bundledRequestLines() : readRequestLines(settings.files?.[file] ?? '').lines;
}

/** `request secrets-get on cp-1`: a line of the list, as one API server's policy treats it. */
export function lineSubject(view: ComponentView, line: RequestLine): Subject {
  return { kind: 'request', name: line.id, ...(view.host === '' ? {} : { host: view.host }) };
}

/** `get secrets by alice`: what a line asks about, for a message. */
export function describeRequest({ request }: RequestLine): string {
  const who = request.user === undefined ? 'a client that fails to authenticate' : request.user.username;
  if (request.kind === 'nonResource') return `${request.verb} ${request.path} by ${who}`;
  const { verb, resource, subresource, apiGroup } = request;
  const what = `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`;
  return `${verb} ${what} by ${who}`;
}

/** Judges all lines by the version; where that was not seen, whether any line fails at all is asked, not which. */
export function judgeLinesByVersion(
  view: ComponentView,
  judge: (minor: number) => readonly ComponentDraft[],
): readonly ComponentDraft[] {
  if (view.minor !== undefined) return judge(view.minor);
  return [judgeByVersion(view, (minor) => worst(judge(minor)))];
}

function worst(drafts: readonly ComponentDraft[]): ComponentDraft {
  const none: ComponentDraft = { verdict: 'unknown', message: 'no request was judged', evidence: [] };
  return drafts.find((draft) => draft.verdict === 'fail') ?? drafts[0] ?? none;
}
