import { placeOf } from '../../../cluster/document.ts';
import { listAt, objectAt, stringAt, valueAt } from '../../../cluster/json.ts';
import { objectName, placeIn } from '../../../cluster/objects.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context } from '../../control.ts';
import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { podPath } from '../../component-pod.ts';
import { perComponent } from '../../per-component.ts';
import { isWithin, mountOfPath } from '../../pod-mounts.ts';
import { fileAsks, fileFlag, fileNeeds, nothingToJudge } from '../encryption-file.ts';
import type { ModeFinding } from '../file-modes.ts';
import { folderFindings, modeFindings, userOf } from '../file-modes.ts';
import { hiddenFlag } from '../../every-minor.ts';

interface Fault {
  readonly text: string;
  readonly evidence: Evidence;
}

function judge(context: Context, view: ComponentView): ComponentDraft {
  const hidden = hiddenFlag(view, [fileFlag]);
  if (hidden !== undefined) return hidden;
  if (view.flag(fileFlag).value === '') return nothingToJudge(view);
  const file = view.file(fileFlag);
  if (file.kind !== 'seen')
    return {
      verdict: 'unknown',
      message: `the file ${view.flag(fileFlag).value} of --${fileFlag} was not seen: scan the host itself (--host-root /)`,
      evidence: [view.flagEvidence(fileFlag, 'mode 0600, owner root')],
    };
  const users = [0, userOf(view.component)];
  const modes: ModeFinding[] = [
    ...modeFindings(file, { forbidden: 0o177, users, wanted: '0600' }),
    // A folder through which others may go shows them what it holds, should the mode of the file ever slip.
    ...folderFindings(view.component, view.flag(fileFlag).value, {
      forbidden: 0o003,
      users,
      wanted: 'a folder that others cannot enter',
    }),
  ];
  const pods = podsThatReach(context, view.host, file.path);
  const faults = [...modes.filter((finding) => finding.kind === 'fault'), ...writableMount(view), ...pods];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
    };
  const missing = [...new Set(modes.map(({ text }) => text))];
  if (!context.isListed('Pod')) missing.push(`whether a pod mounts its folder was not seen: ${context.whyNotListed('Pod')}`);
  const evidence = [view.flagEvidence(fileFlag, 'readable by root alone')];
  if (missing.length > 0) return { verdict: 'unknown', message: missing.join('; '), evidence };
  return {
    verdict: 'pass',
    message: `${file.path} is readable by root alone, and no other pod of its host mounts it`,
    evidence,
    notes: ['copies in a repository, in a backup beside that of etcd or in a ConfigMap are not looked for'],
  };
}

function writableMount(view: ComponentView): readonly Fault[] {
  const mount = mountOfPath(view.component, view.flag(fileFlag).value);
  if (mount === undefined || mount.readOnly) return [];
  const evidence = { ...placeOf(view.component.document, mount.path), seen: 'no readOnly: true', wanted: 'readOnly: true' };
  return [{ text: `the API server mounts ${mount.mountPath} for writing`, evidence }];
}

function podsThatReach(context: Context, host: string, path: string): readonly Fault[] {
  return context.cluster.objects.ofKind('Pod').flatMap((pod) => {
    const spec = objectAt(pod.manifest['spec']);
    // A pod that is not on a node yet may come to this one; one of another node cannot reach the file.
    if (spec['nodeName'] !== undefined && spec['nodeName'] !== host) return [];
    if (podPath(pod.manifest, 'kube-apiserver', host) !== undefined) return [];
    const index = listAt(spec['volumes']).findIndex((volume) => {
      const mounted = stringAt(objectAt(objectAt(volume)['hostPath'])['path']);
      return mounted !== undefined && mounted !== '' && isWithin(path, mounted);
    });
    if (index < 0) return [];
    const mounted = stringAt(valueAt(spec, ['volumes', index, 'hostPath', 'path'])) ?? '';
    const seen = `hostPath ${mounted}`;
    const evidence = { ...placeIn(pod, ['spec', 'volumes', index]), seen, wanted: `no path that holds ${path}` };
    return [{ text: `${objectName(pod)} mounts ${mounted} of the host`, evidence }];
  });
}

export const control = defineControl({
  id: 'encryption-config-file-protected',
  needs: [...fileNeeds, { kind: 'listed', kinds: ['Pod'] }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, fileAsks, (view) => judge(context, view)),
    },
  ],
  remedy: {
    kind: 'none',
    text: 'On every control-plane host: put the file into a folder of its own (`install -d -m 0700 /etc/kubernetes/enc`), `chown root:root` and `chmod 600` it, mount the folder with `readOnly: true`, and refuse hostPath volumes below /etc/kubernetes (`admission-psa-namespace-labels` at baseline does).',
  },
  tradeOffs: ['An API server that does not run as root needs the file to be its own user’s.'],
});
