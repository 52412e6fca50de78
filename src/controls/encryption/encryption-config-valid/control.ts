import type { Cluster } from '../../../cluster/cluster.ts';
import { placeOf } from '../../../cluster/document.ts';
import { providersOf } from '../../../encryption/configuration.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import type { LoadedFile } from '../encryption-file.ts';
import {
  fileAsks,
  fileFlag,
  fileNeeds,
  judgeFile,
  localKeys,
  nothingToJudge,
  providerName,
  serverWithOtherFile,
} from '../encryption-file.ts';

interface Fault {
  readonly text: string;
  readonly evidence: Evidence;
}

function judge(cluster: Cluster, view: ComponentView, loaded: LoadedFile, resources: readonly string[]): ComponentDraft {
  const faults = [...plaintextFirst(loaded, resources), ...guessableKeys(loaded), ...otherFile(cluster, view, loaded)];
  const notes = [...shortKeys(loaded), ...joinedEntries(loaded)];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: `the EncryptionConfiguration loads, but ${faults.map(({ text }) => text).join('; ')}`,
      evidence: faults.map(({ evidence }) => evidence),
      notes,
    };
  const names = [...new Set(loaded.configuration.resources.flatMap((entry) => entry.resources))];
  const evidence = names.map((name) => ({
    ...placeOf(loaded.document, providersOf(loaded.configuration, name)?.[0]?.path ?? ['resources']),
    seen: `${name}: ${(providersOf(loaded.configuration, name) ?? []).map(providerName).join(', then ')}`,
    wanted: 'the first provider writes, all of them read',
  }));
  return { verdict: 'pass', message: 'the EncryptionConfiguration loads, and its order is as it should be', evidence, notes };
}

function plaintextFirst({ configuration, document }: LoadedFile, resources: readonly string[]): readonly Fault[] {
  return resources.flatMap((resource) => {
    const [writer, ...readers] = providersOf(configuration, resource) ?? [];
    if (writer?.provider !== 'identity') return [];
    const next = readers.find(({ provider }) => provider !== 'identity');
    const unused = next === undefined ? '' : `, and ${providerName(next)} after it only reads`;
    return [
      {
        text: `identity comes first for ${resource}: new values are plaintext${unused}`,
        evidence: { ...placeOf(document, writer.path), seen: 'identity first', wanted: 'identity last, or not at all' },
      },
    ];
  });
}

function guessableKeys({ file, configuration, document }: LoadedFile): readonly Fault[] {
  const listed = file.facts?.['guessableKeys'];
  const places = new Set(Array.isArray(listed) ? (listed as readonly string[]) : []);
  return localKeys(configuration)
    .filter(({ path }) => places.has(path.join('.')))
    .map(({ path, provider, name }) => ({
      text: `the key ${name} of ${provider} is a text that can be guessed, as those of documentation are`,
      evidence: { ...placeOf(document, path), seen: 'not random', wanted: '32 bytes of the system random generator' },
    }));
}

function otherFile(cluster: Cluster, view: ComponentView, { file }: LoadedFile): readonly Fault[] {
  const other = serverWithOtherFile(cluster, view, file);
  if (other === undefined) return [];
  const evidence = view.flagEvidence(fileFlag, 'the same file on all API servers');
  return [{ text: `it is not the file of the API server on ${other}: one may not read what the other writes`, evidence }];
}

/** An AES key of 16 or 24 bytes is valid; 32 is what a key that must last should have. */
function shortKeys({ configuration }: LoadedFile): readonly string[] {
  return localKeys(configuration)
    .filter(({ bytes }) => bytes < 32)
    .map(({ provider, name, bytes }) => `the key ${name} of ${provider} has ${bytes} bytes, 32 are better`);
}

function joinedEntries({ configuration }: LoadedFile): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of configuration.resources.flatMap((entry) => [...new Set(entry.resources)]))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([name, count]) => `${count} entries name ${name}: the server joins their providers in the order of the file`);
}

export const control = defineControl({
  id: 'encryption-config-valid',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: { resources: ['secrets'] },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, fileAsks, (view) =>
          judgeFile(view, { unset: nothingToJudge, refused: (failure) => failure }, (loaded) =>
            judge(context.cluster, view, loaded, context.parameters.resources),
          ),
        ),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Mend the line that the finding names; `bulwark encryption config` writes a whole file with a fresh key and keeps the former keys as readers. A guessable key is replaced by `bulwark encryption rotate`, since what is stored needs it until it is rewritten.',
  },
  tradeOffs: ['Another order changes which key writes: the former providers stay as readers until everything is rewritten.'],
});
