import type { Change, Remedy } from '../../cluster/change.ts';
import { distributionOf } from '../../cluster/component-version.ts';
import type { Json } from '../../cluster/json.ts';
import { newestMinor } from '../../cluster/version.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import type { RequestLine } from '../../audit/requests.ts';
import { bundledRequestLines } from '../../audit/requests.ts';
import type { Mending } from '../mending.ts';
import { newFilePath, serverRemedy } from '../mending.ts';
import type { RemedyContext } from '../remedy.ts';
import { backendFlags } from './audit-policy-of.ts';
import { defaultPolicy } from './default-policy.ts';
import { mendPolicy } from './mend-policy.ts';
import { requestLinesOf } from './request-lines.ts';
import { rotationChanges } from './rotation.ts';

const policyFlag = 'audit-policy-file';
const logFolder = '/var/log/kubernetes/audit';

/** Audit on, with a policy that covers the list of requests and writes no secret, a log and its rotation: the same for all audit controls. */
export function mendAudit(at: Mending, context: RemedyContext, why: string): Remedy {
  const policy = policyChanges(at, context);
  if (typeof policy === 'string') return { kind: 'none', why: policy };
  const hasBackend = backendFlags.some((flag) => at.flag(flag).value !== '');
  const log = hasBackend ? brokenWebhook(at) : logChanges(at);
  return serverRemedy([...policy.changes, ...log], why, [
    'the log takes disk (up to about 1 GB with this rotation) and some CPU; where it stands must be written by the API server alone',
    'a missing mount stops the start: the plan mounts the policy and the folder',
    ...(policy.replaced === undefined ? [] : [policy.replaced]),
  ]);
}

function logChanges(at: Mending): readonly Change[] {
  return [
    { kind: 'mount-directory', host: at.host, component: at.component.name, path: logFolderOf(at) },
    ...at.set('audit-log-path', `${logFolderOf(at)}/audit.log`),
    ...rotationChanges(at),
  ];
}

function logFolderOf(at: Mending): string {
  const distribution = distributionOf(at.cluster);
  if (distribution === 'k3s' || distribution === 'rke2') return `/var/lib/rancher/${distribution}/server/logs`;
  return logFolder;
}

/** A webhook file that is not there stops the server: a log takes its place. */
function brokenWebhook(at: Mending): readonly Change[] {
  if (at.file('audit-webhook-config-file').kind !== 'missing') return [];
  return [...at.remove('audit-webhook-config-file'), ...(at.flag('audit-log-path').value === '' ? logChanges(at) : [])];
}

interface PolicyChanges {
  readonly changes: readonly Change[];
  /** What becomes of a file that is replaced. */
  readonly replaced?: string;
}

function policyChanges(at: Mending, context: RemedyContext): PolicyChanges | string {
  const minor = at.minor ?? newestMinor;
  const lines = linesOf(context);
  const file = at.seenFile(policyFlag);
  const write = (path: string): readonly Change[] =>
    at.write(policyFlag, path, { text: defaultPolicy, mode: 0o600, secret: false });
  if (file === undefined) {
    const state = at.file(policyFlag);
    // What was not seen is left as it is: only what is missing beside it is added.
    if (state.kind === 'not-collected' && at.flag(policyFlag).value !== '') return { changes: [] };
    return { changes: write(newFilePath(at, policyFlag, 'audit/policy.yaml')) };
  }
  const value: Json = parseDocuments(file.text, file.source).documents[0]?.value ?? null;
  const edits = mendPolicy(value, minor, lines);
  if (edits !== undefined) return { changes: at.edit(file.path, edits) };
  if (mendPolicy(defaultPolicyValue(), minor, lines)?.length !== 0)
    return `no policy was found that meets the list of requests of the settings: change ${file.path} by hand`;
  return {
    changes: write(file.path),
    replaced: `the server refuses ${file.path} as it is: it is replaced whole, the former text is kept for undoing`,
  };
}

function defaultPolicyValue(): Json {
  return parseDocuments(defaultPolicy, 'policy.yaml').documents[0]?.value ?? null;
}

/** The required lines of the lists that the two controls of the policy ask for, each line once. */
function linesOf(context: RemedyContext): readonly RequestLine[] {
  const files = ['audit-policy-coverage', 'audit-no-secret-bodies'].map((id) => {
    const file = context.results.find((result) => result.id === id)?.parameters['file'] ?? context.parameters['file'];
    return typeof file === 'string' ? file : undefined;
  });
  const lines = [...new Set(files)].flatMap((file) =>
    file === undefined ? bundledRequestLines() : requestLinesOf(context.settings, file),
  );
  return [...new Map(lines.map((line) => [line.id, line])).values()].filter((line) => line.required);
}
