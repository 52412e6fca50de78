import { placeOf } from '../../../cluster/document.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import { shownMessage } from '../../../cluster/decode/loaded.ts';
import { loadEncryptionConfiguration, writeProvider } from '../../../encryption/configuration.ts';
import type { Evidence, Subject } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag, judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

const flag = 'encryption-provider-config';
const wanted = 'kms v2, secretbox or aesgcm as first provider';

function judge(view: ComponentView, resource: string, weak: readonly string[]): ComponentDraft {
  const hidden = hiddenFlag(view, [flag]);
  if (hidden !== undefined) return hidden;
  if (view.flag(flag).value === '')
    return {
      verdict: 'fail',
      message: `no encryption is configured: ${resource} are stored as plaintext`,
      evidence: [view.flagEvidence(flag, 'a file whose first provider encrypts')],
    };
  const file = view.file(flag);
  if (file.kind === 'missing')
    return startFailure('kube-apiserver', { message: `${file.path}: ${file.reason}`, place: view.place(flag) });
  if (file.kind !== 'seen' || file.text === undefined)
    return {
      verdict: 'unknown',
      message: `the file ${view.flag(flag).value} of --${flag} was not seen: scan the host, or give the file beside the manifest`,
      evidence: [view.flagEvidence(flag, wanted)],
    };
  const { path, source, text } = file;
  return judgeByVersion(view, (minor) => judgeFile(view, { path, source, text }, resource, minor, weak));
}

function judgeFile(
  view: ComponentView,
  file: { readonly path: string; readonly source: string; readonly text: string },
  resource: string,
  minor: number,
  weak: readonly string[],
): ComponentDraft {
  const gates = (name: string): boolean => gateEnabled(view.flags, 'kube-apiserver', minor, name) ?? false;
  const loaded = loadEncryptionConfiguration(file.text, { path: file.path, minor, gates, source: file.source });
  if (loaded.kind === 'refused') {
    const line = loaded.line === undefined ? {} : { line: loaded.line };
    const column = loaded.column === undefined ? {} : { column: loaded.column };
    return startFailure('kube-apiserver', { message: shownMessage(loaded), place: { source: file.source, ...line, ...column } });
  }
  const writer = writeProvider(loaded.configuration, resource);
  view.fact(`the write provider of ${resource}`, writer?.provider ?? 'none');
  if (writer === undefined) {
    const seen = `no entry for ${resource}`;
    const evidence = [{ ...placeOf(loaded.document, ['resources']), seen, wanted: `an entry that names ${resource}` }];
    return { verdict: 'fail', message: `no entry of the file encrypts ${resource}: they are stored as plaintext`, evidence };
  }
  const name = writer.provider === 'kms' ? `kms ${writer.kmsVersion ?? ''}`.trim() : writer.provider;
  const evidence: readonly Evidence[] = [{ ...placeOf(loaded.document, writer.path), seen: name, wanted }];
  if (writer.provider === 'identity')
    return { verdict: 'fail', message: `the first provider for ${resource} is identity, which writes plaintext`, evidence };
  if (weak.includes(writer.provider))
    return { verdict: 'fail', message: `the write provider for ${resource}, ${name}, is weak`, evidence };
  const message = `${resource} are written by ${name}; whether the stored values are encrypted is another question`;
  return { verdict: 'pass', message, evidence };
}

/** `resource secrets on cp-1`: one finding for each resource of an API server. */
function subjectOf(view: ComponentView, resource: string): Subject {
  return { kind: 'resource', name: resource, ...(view.host === '' ? {} : { host: view.host }) };
}

export const control = defineControl({
  id: 'encryption-provider-configured',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag },
  ],
  absence: 'not-applicable',
  parameters: { resources: ['secrets'], weakProviders: ['aescbc'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { resources, weakProviders } = context.parameters;
        return perComponent(context, { component: 'kube-apiserver', flags: [flag], files: [flag], gates: ['KMSv1'] }, (view) =>
          resources.map((resource) => ({ ...judge(view, resource, weakProviders), subject: subjectOf(view, resource) })),
        );
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Write an EncryptionConfiguration whose first provider for `secrets` is a fresh 32-byte secretbox key, the former providers after it as readers and `identity` last; mode 0600, mounted read-only, named by `--encryption-provider-config`. Then rewrite every Secret.',
  },
  tradeOffs: [
    'A broken file stops the API server.',
    'A lost key loses the data: keep it apart from the backups of etcd.',
    'With several API servers the new key must be a reader everywhere before it writes anywhere.',
  ],
});
