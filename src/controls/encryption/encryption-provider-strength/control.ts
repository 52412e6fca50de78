import { placeOf } from '../../../cluster/document.ts';
import type { Provider } from '../../../encryption/configuration.ts';
import { writeProvider } from '../../../encryption/configuration.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import type { LoadedFile } from '../encryption-file.ts';
import { fileAsks, fileNeeds, judgeFile, nothingToJudge, providerName, resourceSubject } from '../encryption-file.ts';
import { keyAge } from '../key-date.ts';

const wanted = 'kms v2 or secretbox';

/** Random nonces of 96 bits: beyond about 200,000 writes with one key two of them may be the same. */
const writesMetric = 'apiserver_storage_transformation_operations_total{transformation_type="to_storage"}';

function judge({ configuration, document }: LoadedFile, resource: string, now: string, maxAge: number): ComponentDraft {
  const writer = writeProvider(configuration, resource);
  if (writer === undefined)
    return {
      verdict: 'not-applicable',
      message: `no entry of the file encrypts ${resource}: encryption-provider-configured judges that`,
      evidence: [{ ...placeOf(document, ['resources']), seen: `no entry for ${resource}`, wanted }],
    };
  const evidence = [{ ...placeOf(document, writer.path), seen: providerName(writer), wanted }];
  const name = providerName(writer);
  const fail = (why: string): ComponentDraft => ({
    verdict: 'fail',
    message: `${resource} are written by ${name}: ${why}`,
    evidence,
  });
  if (writer.provider === 'identity') return fail('plaintext');
  if (writer.provider === 'aescbc')
    return fail('it has no integrity check, so that whoever writes to etcd can change values and learn from the answers');
  if (name === 'kms v1')
    return fail('version 1 of the plug-in API is deprecated, and does not load from 1.29 on without a feature gate');
  if (writer.provider === 'aesgcm') return { ...judgeGcm(writer, resource, now, maxAge), evidence };
  const isLocal = writer.provider === 'secretbox';
  return {
    verdict: 'pass',
    message: isLocal
      ? `${resource} are written by secretbox, the strongest provider whose key lies on the host`
      : `${resource} are written by kms v2, whose key lies outside the host`,
    evidence,
    notes: isLocal
      ? [
          'a key on the host protects disks, snapshots and backups, not a host that is taken over: kms v2 does',
          'secretbox does not bind a value to its etcd key: whoever writes to etcd can put one Secret in the place of another',
        ]
      : [],
  };
}

function judgeGcm(writer: Provider, resource: string, now: string, maxAge: number): Omit<ComponentDraft, 'evidence'> {
  const key = writer.keyName ?? '';
  const age = keyAge(key, now);
  const limit = 'its nonces are random, so that a key may write about 200,000 times';
  if (age !== undefined && age > maxAge)
    return {
      verdict: 'fail',
      message: `${resource} are written by aesgcm: ${limit}, and the key ${key} is ${age} days old, at most ${maxAge} are wanted`,
    };
  const seen = age === undefined ? `the name of the key ${key} tells no date` : `the key ${key} is ${age} days old`;
  return {
    verdict: 'unknown',
    message: `${resource} are written by aesgcm: ${limit}; ${seen}, and how often it wrote is not seen in files: ${writesMetric} of every API server would show it`,
  };
}

export const control = defineControl({
  id: 'encryption-provider-strength',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: { resources: ['secrets'], aesgcmMaxAge: 90 },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { resources, aesgcmMaxAge } = context.parameters;
        return perComponent(context, fileAsks, (view) =>
          resources.map((resource) => ({
            ...judgeFile(view, { unset: nothingToJudge }, (loaded) => judge(loaded, resource, context.now, aesgcmMaxAge)),
            subject: resourceSubject(view, resource),
          })),
        );
      },
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Put the stronger provider first and keep the former one after it as a reader, load the file on every API server, rewrite every object, then drop the former one: `bulwark encryption rotate` does it step by step. A KMS plug-in must be installed first.',
  },
  tradeOffs: [
    'A KMS is one more thing that must be up when the API server starts.',
    'secretbox is in no FIPS-validated module: where that is asked for, use kms v2, or aesgcm with a key that is rotated in time.',
  ],
});
