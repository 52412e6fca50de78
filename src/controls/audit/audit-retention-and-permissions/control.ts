import { placeOf } from '../../../cluster/document.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag, judgeByVersion } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { auditFlags, auditState } from '../audit-policy-of.ts';
import type { RotationFlag } from '../rotation.ts';
import { effectiveSize, isEnough, rotation, rotationFlags } from '../rotation.ts';

const words: Readonly<Record<RotationFlag, string>> = {
  'audit-log-maxage': 'days',
  'audit-log-maxbackup': 'files',
  'audit-log-maxsize': 'MB a file',
};

interface Fault {
  readonly text: string;
  readonly evidence: Evidence;
}

function judge(view: ComponentView, wanted: Readonly<Record<RotationFlag, number>>): ComponentDraft {
  const state = auditState(view);
  if (state.kind === 'hidden') return state.draft;
  if (state.kind === 'off')
    return { verdict: 'not-applicable', message: `audit is off, no log is kept: ${state.why}`, evidence: [state.evidence] };
  const log = view.flag('audit-log-path');
  if (!log.known) return hiddenFlag(view, ['audit-log-path']) ?? noLog(view);
  if (log.value === '') return noLog(view);
  if (log.value === '-')
    return {
      verdict: 'unknown',
      message: 'the log goes to the standard output: how long it is kept is the matter of whoever collects container logs',
      evidence: [view.flagEvidence('audit-log-path', 'a path, or a container log that is shipped off the node')],
    };
  const hidden = hiddenFlag(view, [...rotationFlags.filter((flag) => !view.flag(flag).given), 'audit-log-format']);
  return judgeByVersion(view, (minor) => judgeLog(view, minor, wanted, hidden));
}

function noLog(view: ComponentView): ComponentDraft {
  const evidence = [view.flagEvidence('audit-webhook-config-file', 'not judged here')];
  return { verdict: 'not-applicable', message: 'events go to a webhook alone, no log is kept on the host', evidence };
}

function judgeLog(
  view: ComponentView,
  minor: number,
  wanted: Readonly<Record<RotationFlag, number>>,
  hidden: ComponentDraft | undefined,
): ComponentDraft {
  const faults = [...rotationFaults(view, minor, wanted), ...formatFaults(view), ...modeFaults(view)];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: `the audit log ${faults.map(({ text }) => text).join('; ')}`,
      evidence: faults.map(({ evidence }) => evidence),
    };
  if (hidden !== undefined) return hidden;
  const kept = rotationFlags.map((flag) => `${valueOf(view, minor, flag)} ${words[flag]}`).join(', ');
  return {
    verdict: 'pass',
    message: `the audit log is rotated and kept: ${kept}`,
    evidence: rotationFlags.map((flag) => view.flagEvidence(flag, `at least ${wanted[flag]}`)),
    notes: [
      ...(modesOf(view).length === 0
        ? [`the modes of ${folderOf(view)} and its files were not seen: 0700 and 0600 are wanted`]
        : []),
      'whether the log lies on a volume of its own was not asked: a full disk stops the API server',
    ],
  };
}

/** What the flag says, else this version's default; up to 1.35 a size of 0 means 100 MB. */
function valueOf(view: ComponentView, minor: number, flag: RotationFlag): number {
  const reading = view.flag(flag);
  const fallback = minor >= 36 ? { 'audit-log-maxage': 366, 'audit-log-maxbackup': 100, 'audit-log-maxsize': 100 }[flag] : 0;
  const value = reading.given ? Number(reading.value) : fallback;
  return flag === 'audit-log-maxsize' ? effectiveSize(value, minor) : value;
}

function rotationFaults(view: ComponentView, minor: number, wanted: Readonly<Record<RotationFlag, number>>): readonly Fault[] {
  return rotationFlags
    .filter((flag) => view.flag(flag).given || view.component.seenAs !== 'distribution')
    .filter((flag) => !isEnough(valueOf(view, minor, flag), wanted[flag]))
    .map((flag) => {
      const value = valueOf(view, minor, flag);
      const unbounded = flag === 'audit-log-maxsize' ? 'is never rotated' : 'grows without a bound';
      const text =
        value === 0 ? `${unbounded} (--${flag} is 0)` : `keeps ${value} ${words[flag]}, at least ${wanted[flag]} are wanted`;
      return { text, evidence: view.flagEvidence(flag, `at least ${wanted[flag]}`) };
    });
}

function formatFaults(view: ComponentView): readonly Fault[] {
  const format = view.flag('audit-log-format');
  if (!format.given || format.value === 'json') return [];
  return [
    { text: `is written as ${format.value}, without the objects`, evidence: view.flagEvidence('audit-log-format', 'json') },
  ];
}

function folderOf(view: ComponentView): string {
  return view.flag('audit-log-path').value.replace(/\/[^/]*$/, '') || '/';
}

/** The log's folder and files whose mode was seen. */
function modesOf(view: ComponentView): readonly { readonly path: string; readonly mode: number }[] {
  const folder = folderOf(view);
  return [...view.component.files.values()].flatMap((file) =>
    file.kind === 'seen' && file.mode !== undefined && (file.path === folder || file.path === view.flag('audit-log-path').value)
      ? [{ path: file.path, mode: file.mode }]
      : [],
  );
}

function modeFaults(view: ComponentView): readonly Fault[] {
  return modesOf(view)
    .filter(({ mode }) => (mode & 0o077) !== 0)
    .map(({ path, mode }) => {
      const seen = `${path} has mode 0${mode.toString(8)}`;
      return {
        text: `may be read by others: ${seen}`,
        evidence: { ...placeOf(view.component.document, []), seen, wanted: '0700 or 0600' },
      };
    });
}

export const control = defineControl({
  id: 'audit-retention-and-permissions',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }, { kind: 'version' }],
  absence: 'not-applicable',
  parameters: {
    minAge: rotation['audit-log-maxage'],
    minBackups: rotation['audit-log-maxbackup'],
    minSize: rotation['audit-log-maxsize'],
  },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => {
        const { minAge, minBackups, minSize } = context.parameters;
        const wanted = { 'audit-log-maxage': minAge, 'audit-log-maxbackup': minBackups, 'audit-log-maxsize': minSize };
        const flags = [...auditFlags, ...rotationFlags, 'audit-log-format'];
        return perComponent(context, { component: 'kube-apiserver', flags, optional: flags }, (view) => judge(view, wanted));
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--audit-log-maxage=30`, `--audit-log-maxbackup=10` and `--audit-log-maxsize=100`, or more; keep the folder at 0700 and the files at 0600, on a volume of its own.',
  },
  tradeOffs: ['What is older than the bounds is deleted: ship the log off the node where an investigation may need it longer.'],
});
