import { gateEnabled } from '../../../cluster/feature-gates.ts';
import { loadEncryptionConfiguration, writeProvider } from '../../../encryption/configuration.ts';
import { placeOf } from '../../../cluster/document.ts';
import { shownMessage } from '../../../cluster/decode/loaded.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

interface Asked {
  readonly resources: readonly string[];
  readonly weakProviders: readonly string[];
}

function* judge(view: ComponentView, asked: Asked): Iterable<ComponentDraft> {
  const flag = view.flag('encryption-provider-config');
  if (flag.value === '') {
    const evidence = [view.flagEvidence('encryption-provider-config', 'a file whose first provider encrypts')];
    for (const resource of asked.resources)
      yield { verdict: 'fail', message: `no encryption is configured: ${resource} are stored as plaintext`, evidence };
    return;
  }
  const file = view.file('encryption-provider-config');
  if (file.kind === 'missing') {
    yield startFailure('kube-apiserver', {
      message: `${file.path}: ${file.reason}`,
      place: view.place('encryption-provider-config'),
    });
    return;
  }
  if (file.kind !== 'seen' || file.text === undefined || view.minor === undefined) {
    yield { verdict: 'pass', message: '', evidence: [] };
    return;
  }
  const minor = view.minor;
  const gates = (name: string): boolean => gateEnabled(view.flags, 'kube-apiserver', minor, name) ?? false;
  const loaded = loadEncryptionConfiguration(file.text, { path: file.path, minor, gates, source: file.source });
  if (loaded.kind === 'refused') {
    const place = {
      source: file.source,
      ...(loaded.line === undefined ? {} : { line: loaded.line }),
      ...(loaded.column === undefined ? {} : { column: loaded.column }),
    };
    yield startFailure('kube-apiserver', { message: shownMessage(loaded), place });
    return;
  }
  for (const resource of asked.resources) {
    const writer = writeProvider(loaded.configuration, resource);
    view.fact(`the write provider of ${resource}`, writer?.provider ?? 'none');
    if (writer === undefined) {
      const evidence = [
        {
          ...placeOf(loaded.document, ['resources']),
          seen: `no entry for ${resource}`,
          wanted: `an entry that names ${resource}`,
        },
      ];
      yield { verdict: 'fail', message: `no entry of the file encrypts ${resource}`, evidence };
      continue;
    }
    const name = writer.provider === 'kms' ? `kms ${writer.kmsVersion ?? ''}` : writer.provider;
    const evidence = [{ ...placeOf(loaded.document, writer.path), seen: name, wanted: 'kms v2, secretbox or aesgcm first' }];
    if (writer.provider === 'identity')
      yield { verdict: 'fail', message: `the first provider for ${resource} is identity: it writes plaintext`, evidence };
    else if (asked.weakProviders.includes(writer.provider))
      yield { verdict: 'fail', message: `the write provider for ${resource}, ${name}, is weak`, evidence };
    else
      yield {
        verdict: 'pass',
        message: `${resource} are written by ${name}; whether stored values are encrypted is another question`,
        evidence,
      };
  }
}

export const control = defineControl({
  id: 'encryption-provider-configured',
  needs: [
    { kind: 'flags', component: 'kube-apiserver' },
    { kind: 'flag-file', flag: 'encryption-provider-config' },
  ],
  absence: 'not-applicable',
  parameters: { resources: ['secrets'], weakProviders: ['aescbc'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(
          context,
          { component: 'kube-apiserver', flags: ['encryption-provider-config'], files: ['encryption-provider-config'] },
          (view) => judge(view, context.parameters),
        ),
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
