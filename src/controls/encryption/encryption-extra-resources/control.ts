import { placeOf } from '../../../cluster/document.ts';
import { objectAt, stringAt } from '../../../cluster/json.ts';
import type { ClusterObject } from '../../../cluster/objects.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import { isSecretName } from '../../../cluster/secret-names.ts';
import { writeProvider } from '../../../encryption/configuration.ts';
import type { Context } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import type { LoadedFile } from '../encryption-file.ts';
import { fileAsks, fileNeeds, judgeFile, nothingToJudge, providerName, resourceSubject } from '../encryption-file.ts';

/** Objects that are named in a message; the evidence names the places of as many. */
const named = 3;

function judge(context: Context, { configuration, document }: LoadedFile, resource: string): ComponentDraft {
  const writer = writeProvider(configuration, resource);
  const wanted = `an entry that encrypts ${resource}`;
  if (writer !== undefined && writer.provider !== 'identity') {
    const events = writeProvider(configuration, 'events');
    return {
      verdict: 'pass',
      message: `${resource} are written by ${providerName(writer)}`,
      evidence: [{ ...placeOf(document, writer.path), seen: providerName(writer), wanted }],
      notes:
        events === undefined || events.provider === 'identity'
          ? []
          : [
              'events are encrypted too, which costs and protects little: name them in an entry with identity before the wildcard',
            ],
    };
  }
  const place = { ...placeOf(document, writer?.path ?? ['resources']), seen: `${resource} are stored as plaintext`, wanted };
  if (resource !== 'configmaps')
    return {
      verdict: 'fail',
      message: `${resource} are stored as plaintext, and the settings call them sensitive`,
      evidence: [place],
    };
  const holders = context.once('ConfigMaps with credentials', () => configMapsWithCredentials(context));
  if (holders.length > 0) {
    const names = holders.slice(0, named).map(({ object, key }) => `${objectName(object)} (${key})`);
    const more = holders.length > named ? ` and ${holders.length - named} more` : '';
    return {
      verdict: 'fail',
      message: `configmaps are stored as plaintext, and ${names.join(', ')}${more} ${holders.length > 1 ? 'hold' : 'holds'} what is named like a credential`,
      evidence: [
        place,
        ...holders.slice(0, named).map(({ object, key }) => ({
          ...placeIn(object, ['data', key]),
          seen: `a value under ${key}`,
          wanted: 'a Secret, or configmaps encrypted',
        })),
      ],
    };
  }
  if (!context.isListed('ConfigMap'))
    return {
      verdict: 'unknown',
      message: `configmaps are stored as plaintext, and whether one holds a credential was not seen: ${context.whyNotListed('ConfigMap')}`,
      evidence: [place],
    };
  const message = 'configmaps are stored as plaintext, and none holds what is named like a credential';
  return { verdict: 'pass', message, evidence: [place] };
}

interface Holder {
  readonly object: ClusterObject;
  readonly key: string;
}

/** By the names of their keys: values are blanked before they come here. */
function configMapsWithCredentials(context: Context): readonly Holder[] {
  return context.cluster.objects.ofKind('ConfigMap').flatMap((object): readonly Holder[] => {
    const key = Object.entries(objectAt(object.manifest['data'])).find(
      ([name, value]) =>
        isSecretName(name) && stringAt(value) !== undefined && !/^(?:|<redacted: 0 bytes>)$/.test(stringAt(value) ?? ''),
    )?.[0];
    return key === undefined ? [] : [{ object, key }];
  });
}

function subjects(context: Context, view: ComponentView, resources: readonly string[]): readonly ComponentDraft[] {
  return resources.map((resource) => ({
    ...judgeFile(view, { unset: nothingToJudge }, (loaded) => judge(context, loaded, resource)),
    subject: resourceSubject(view, resource),
  }));
}

export const control = defineControl({
  id: 'encryption-extra-resources',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: { resources: ['configmaps'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, fileAsks, (view) => subjects(context, view, context.parameters.resources)),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Move the credential into a Secret, or name the resource beside `secrets` (`resources: [secrets, configmaps, databaseusers.example.com]`) and rewrite its objects; `bulwark encryption config --resource` writes the entry.',
  },
  tradeOffs: [
    'More data depends on the key; everything that is stored already must be rewritten.',
    '`*.*` slows large lists: name `events` in an entry with `identity` before it.',
  ],
});
