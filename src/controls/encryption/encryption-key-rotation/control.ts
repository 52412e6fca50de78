import { placeOf } from '../../../cluster/document.ts';
import { providersOf } from '../../../encryption/configuration.ts';
import type { Evidence } from '../../../results/finding.ts';
import type { Context } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import { mountOfPath } from '../../pod-mounts.ts';
import type { LoadedFile } from '../encryption-file.ts';
import { fileAsks, fileFlag, fileNeeds, judgeFile, nothingToJudge, reloadFlag, serverWithOtherFile } from '../encryption-file.ts';
import { keyAge } from '../key-date.ts';

type Limits = { readonly maxAge: number; readonly kmsRotates: boolean };

interface Found {
  readonly text: string;
  readonly evidence: Evidence;
}

function judge(context: Context, view: ComponentView, loaded: LoadedFile, limits: Limits): ComponentDraft {
  const keys = writingKeys(loaded, context.now, limits);
  const faults = [...reloadFaults(view), ...otherFile(context, view, loaded), ...keys.old];
  if (faults.length > 0)
    return {
      verdict: 'fail',
      message: faults.map(({ text }) => text).join('; '),
      evidence: faults.map(({ evidence }) => evidence),
    };
  const hidden = hiddenFlag(view, [reloadFlag]);
  if (hidden !== undefined) return hidden;
  if (keys.unseen.length > 0)
    return {
      verdict: 'unknown',
      message: keys.unseen.map(({ text }) => text).join('; '),
      evidence: keys.unseen.map(({ evidence }) => evidence),
    };
  return {
    verdict: 'pass',
    message: `the file is loaded without a restart, and ${keys.young.map(({ text }) => text).join(', ') || 'no key of it writes'}`,
    evidence: [view.flagEvidence(reloadFlag, 'true'), ...keys.young.map(({ evidence }) => evidence)],
    notes: keys.notes,
  };
}

function reloadFaults(view: ComponentView): readonly Found[] {
  const reading = view.flag(reloadFlag);
  if (!reading.known) return [];
  if (reading.value !== 'true')
    return [
      {
        text: `a new key needs a restart: --${reloadFlag} is not true`,
        evidence: view.flagEvidence(reloadFlag, 'true'),
      },
    ];
  const path = view.flag(fileFlag).value;
  const mount = mountOfPath(view.component, path);
  if (mount?.mountPath !== path) return [];
  return [
    {
      text: `${path} is mounted alone, and a file that is put in its place on the host is not seen: mount its folder`,
      evidence: { ...placeOf(view.component.document, mount.path), seen: `mountPath ${path}`, wanted: 'the folder' },
    },
  ];
}

function otherFile(context: Context, view: ComponentView, { file }: LoadedFile): readonly Found[] {
  const other = serverWithOtherFile(context.cluster, view, file);
  if (other === undefined) return [];
  const evidence = view.flagEvidence(fileFlag, 'the same file on all API servers');
  return [{ text: `the file is not that of the API server on ${other}: a rotation is half done`, evidence }];
}

interface WritingKeys {
  readonly old: readonly Found[];
  readonly unseen: readonly Found[];
  readonly young: readonly Found[];
  readonly notes: readonly string[];
}

/** The keys that write, each once: how old their names say they are. */
function writingKeys({ configuration, document }: LoadedFile, now: string, { maxAge, kmsRotates }: Limits): WritingKeys {
  const [old, unseen, young, notes]: [Found[], Found[], Found[], string[]] = [[], [], [], []];
  const names = new Set(configuration.resources.flatMap((entry) => entry.resources));
  const done = new Set<string>();
  for (const name of names) {
    const writer = providersOf(configuration, name)?.[0];
    if (writer === undefined || writer.provider === 'identity') continue;
    const place = placeOf(document, writer.path);
    const id = `${writer.provider} ${writer.kmsName ?? writer.keyName ?? ''}`;
    if (done.has(id)) continue;
    done.add(id);
    if (writer.provider === 'kms') {
      const text = `how old the key of kms ${writer.kmsName ?? ''} is, the KMS knows alone: look there, and set kmsRotates: true where it rotates its keys`;
      const found = { text, evidence: { ...place, seen: 'kms', wanted: 'a key that the KMS rotates' } };
      if (kmsRotates) notes.push(`that kms ${writer.kmsName ?? ''} rotates its key is the word of the settings`);
      else unseen.push(found);
      continue;
    }
    const key = writer.keyName ?? '';
    const age = keyAge(key, now);
    const wanted = `at most ${maxAge} days`;
    if (age === undefined)
      unseen.push({
        text: `the name of the key ${key} of ${writer.provider} tells no day on which it was made: names such as key-${now.slice(0, 10)} do`,
        evidence: { ...place, seen: key, wanted },
      });
    else {
      const evidence = { ...place, seen: `${key}: ${age} days`, wanted };
      if (age > maxAge)
        old.push({ text: `the key ${key} of ${writer.provider} is ${age} days old, at most ${maxAge} are wanted`, evidence });
      else young.push({ text: `the key ${key} is ${age} days old`, evidence });
    }
    if (writer.provider === 'aesgcm')
      notes.push(`aesgcm: the key ${key} may write about 200,000 times, which may be reached before it is ${maxAge} days old`);
  }
  return { old, unseen, young, notes };
}

export const control = defineControl({
  id: 'encryption-key-rotation',
  needs: fileNeeds,
  absence: 'not-applicable',
  parameters: { maxAge: 90, kmsRotates: false },
  revisions: [
    {
      since: '1.28',
      evaluate: (context) =>
        perComponent(context, { ...fileAsks, optional: [reloadFlag], flags: [...fileAsks.flags, reloadFlag] }, (view) =>
          judgeFile(view, { unset: nothingToJudge }, (loaded) => judge(context, view, loaded, context.parameters)),
        ),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--encryption-provider-config-automatic-reload=true` and mount the folder of the file, not the file; then `bulwark encryption rotate` brings a new key in as a reader everywhere, lets it write, rewrites every object and takes the former key out, each step verified.',
  },
  tradeOffs: [
    'A key that writes before every API server can read it makes the others fail on what it wrote: never by hand on one host alone.',
    'With automatic reload the health of all KMS plug-ins is one check, no longer one each.',
  ],
});
