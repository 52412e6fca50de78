import { newestMinor, oldestMinor } from '../cluster/version.ts';
import type { ComponentDraft, ComponentView } from './per-component.ts';

const allMinors: readonly number[] = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => oldestMinor + index);

/**
 * Judges a component by its version; where that was not seen, by every version that the tables know.
 *
 * What is the same in all of them is certain, what differs is `unknown`: so a failure that does not depend on the version is not
 * hidden by the gap. The draft is the newest version's. Source: essential.md 0.2 (1), 0.3.
 */
export function judgeByVersion(view: ComponentView, judge: (minor: number) => ComponentDraft): ComponentDraft {
  if (view.minor !== undefined) return judge(view.minor);
  const drafts = allMinors.map(judge);
  const newest = drafts.at(-1) ?? judge(newestMinor);
  if (drafts.every((draft) => draft.verdict === newest.verdict)) return newest;
  const message = `the version of ${view.component.name} is not known, and the answer depends on it: name it by an image tag, /version or kubeadm's kubernetesVersion`;
  return { verdict: 'unknown', message, evidence: newest.evidence };
}

/** Why a flag's value is not known: a distribution's own file lacks it, and the distribution may add it. */
export function hiddenFlag(view: ComponentView, names: readonly string[]): ComponentDraft | undefined {
  const hidden = names.find((name) => !view.flag(name).known);
  if (hidden === undefined) return undefined;
  return {
    verdict: 'unknown',
    message: `--${hidden} is not set in ${view.component.document.source}, and what the distribution itself adds was not seen: give the process's command line or the generated manifest`,
    evidence: [],
  };
}
