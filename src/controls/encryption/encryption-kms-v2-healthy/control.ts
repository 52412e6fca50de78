import { placeOf } from '../../../cluster/document.ts';
import { gateSettings } from '../../../cluster/gate-settings.ts';
import { objectAt, stringAt, valueAt } from '../../../cluster/json.ts';
import type { KmsConfiguration } from '../../../encryption/configuration.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { containerPath } from '../../pod-mounts.ts';
import type { LoadedFile } from '../encryption-file.ts';
import { fileAsks, fileFlag, fileNeeds, judgeFile, nothingToJudge } from '../encryption-file.ts';
import type { ModeFinding } from '../file-modes.ts';
import { folderFindings, userOf } from '../file-modes.ts';

interface KmsEntry {
  readonly kms: KmsConfiguration;
  readonly evidence: Evidence;
}

function judge(view: ComponentView, { configuration, document, minor }: LoadedFile): ComponentDraft {
  const entries = configuration.resources.flatMap(({ providers }, index) =>
    providers.flatMap(({ kms }, position): readonly KmsEntry[] => {
      if (kms === null) return [];
      const path = ['resources', index, 'providers', position, 'kms'];
      const seen = `kms ${kms.name}, apiVersion ${kms.apiVersion}`;
      return [{ kms, evidence: { ...placeOf(document, path), seen, wanted: 'apiVersion: v2' } }];
    }),
  );
  if (entries.length === 0)
    return {
      verdict: 'not-applicable',
      message: 'no provider of the EncryptionConfiguration is a KMS',
      evidence: [view.flagEvidence(fileFlag, 'not judged here')],
    };
  const folders = socketFolders(view, entries);
  const faults = [
    ...entries
      .filter(({ kms }) => kms.apiVersion !== 'v2')
      .map(({ kms, evidence }) => ({ text: `kms ${kms.name} uses version 1 of the plug-in API, which is deprecated`, evidence })),
    ...forcedGate(view, minor),
    ...folders.filter((finding) => finding.kind === 'fault'),
  ];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
    };
  const evidence = entries.map((entry) => entry.evidence);
  const names = [...new Set(entries.map(({ kms }) => kms.name))].join(', ');
  const missing = [...new Set(folders.map(({ text }) => text))];
  if (!isReady(view))
    missing.push(
      'whether the plug-in answers is not seen in files: `kubectl get --raw /healthz/kms-providers`, or a scan of the live cluster, shows it',
    );
  if (missing.length > 0) return { verdict: 'unknown', message: `kms ${names} is v2; ${missing.join('; ')}`, evidence };
  const notes = ['while the plug-in does not answer, values of its resources cannot be written, and an API server cannot start'];
  return { verdict: 'pass', message: `kms ${names} is v2, and the API server that uses it is ready`, evidence, notes };
}

/** From 1.29 on the gate is off: somebody who sets it keeps version 1 alive. */
function forcedGate(view: ComponentView, minor: number): readonly { readonly text: string; readonly evidence: Evidence }[] {
  const reading = view.flags.get('feature-gates');
  if (minor < 29 || !reading.given || gateSettings(reading.values).get('KMSv1') !== true) return [];
  return [{ text: 'the feature gate KMSv1 is forced on', evidence: view.flagEvidence('feature-gates', 'without KMSv1=true') }];
}

/** Whoever can reach the socket can have values decrypted: its folder is root's alone. */
function socketFolders(view: ComponentView, entries: readonly KmsEntry[]): readonly ModeFinding[] {
  return entries.flatMap(({ kms }): readonly ModeFinding[] => {
    const socket = kms.endpoint.replace(/^unix:\/\//, '');
    if (!socket.startsWith('/'))
      return [{ kind: 'unseen', text: `the socket ${socket} is abstract: every process in its network namespace can reach it` }];
    const users = [0, userOf(view.component)];
    return folderFindings(view.component, socket, { forbidden: 0o077, users, wanted: '0700' });
  });
}

/** A pod is Ready where its probe asks /readyz or /healthz, which fail when a KMS plug-in does. */
function isReady({ component }: ComponentView): boolean {
  const path = containerPath({ component });
  if (!component.running || component.seenAs !== 'mirror-pod' || path === undefined) return false;
  const probe = objectAt(valueAt(component.document.value, [...path, 'readinessProbe', 'httpGet']));
  const asked = stringAt(probe['path']) ?? '';
  return /^\/(?:readyz|healthz)(?:$|\?)/.test(asked) && !asked.includes('kms');
}

export const control = defineControl({
  id: 'encryption-kms-v2-healthy',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, fileAsks, (view) => judgeFile(view, { unset: nothingToJudge }, (loaded) => judge(view, loaded))),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'Install a plug-in that speaks version 2 (`apiVersion: v2`), its socket in a folder of mode 0700; name it first, keep the former provider as a reader until everything is rewritten (`bulwark encryption rotate --provider kms`), then take out `KMSv1=true`.',
  },
  tradeOffs: [
    'While the plug-in does not answer, encrypted resources cannot be written, and an API server cannot start.',
    'The plug-in must not need the API server that waits for it: run it as a static pod or a unit of the host.',
  ],
});
