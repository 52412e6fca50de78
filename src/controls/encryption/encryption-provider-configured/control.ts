import { placeOf } from '../../../cluster/document.ts';
import { writeProvider } from '../../../encryption/configuration.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import type { LoadedFile } from '../encryption-file.ts';
import { fileAsks, fileFlag, fileNeeds, judgeFile, providerName, resourceSubject } from '../encryption-file.ts';

const wanted = 'kms v2, secretbox or aesgcm as first provider';

function judge(view: ComponentView, resource: string, weak: readonly string[]): ComponentDraft {
  return judgeFile(view, { unset: () => unset(view, resource), refused: (failure) => failure }, (loaded) =>
    judgeWriter(view, loaded, resource, weak),
  );
}

function unset(view: ComponentView, resource: string): ComponentDraft {
  return {
    verdict: 'fail',
    message: `no encryption is configured: ${resource} are stored as plaintext`,
    evidence: [view.flagEvidence(fileFlag, 'a file whose first provider encrypts')],
  };
}

function judgeWriter(
  view: ComponentView,
  { configuration, document }: LoadedFile,
  resource: string,
  weak: readonly string[],
): ComponentDraft {
  const writer = writeProvider(configuration, resource);
  view.fact(`the write provider of ${resource}`, writer?.provider ?? 'none');
  if (writer === undefined) {
    const seen = `no entry for ${resource}`;
    const evidence = [{ ...placeOf(document, ['resources']), seen, wanted: `an entry that names ${resource}` }];
    return { verdict: 'fail', message: `no entry of the file encrypts ${resource}: they are stored as plaintext`, evidence };
  }
  const name = providerName(writer);
  const evidence: readonly Evidence[] = [{ ...placeOf(document, writer.path), seen: name, wanted }];
  if (writer.provider === 'identity')
    return { verdict: 'fail', message: `the first provider for ${resource} is identity, which writes plaintext`, evidence };
  if (weak.includes(writer.provider))
    return { verdict: 'fail', message: `the write provider for ${resource}, ${name}, is weak`, evidence };
  const message = `${resource} are written by ${name}; whether the stored values are encrypted is another question`;
  return { verdict: 'pass', message, evidence };
}

export const control = defineControl({
  id: 'encryption-provider-configured',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: { resources: ['secrets'], weakProviders: ['aescbc'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { resources, weakProviders } = context.parameters;
        return perComponent(context, fileAsks, (view) =>
          resources.map((resource) => ({ ...judge(view, resource, weakProviders), subject: resourceSubject(view, resource) })),
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
