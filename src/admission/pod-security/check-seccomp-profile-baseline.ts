import type { FieldPath, JsonObject } from '../../cluster/json.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Check, Violation } from './check.ts';
import { plural, quoted, setters, sortedSet, text } from './check.ts';
import type { ContainerView, PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const containerAnnotation = 'container.seccomp.security.alpha.kubernetes.io/';

/** No profile but the runtime's default or a local one: by annotation up to 1.18, by field since (policy/check_seccompProfile_baseline.go). */
export const seccompProfileBaseline: Check = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  revisions: [
    { since: 0, check: forbiddenAnnotations },
    { since: 19, check: forbiddenProfiles },
  ],
};

function forbiddenAnnotations(pod: PodView): Violation | undefined {
  const found = new Map<string, FieldPath>();
  const look = (annotation: string) => {
    const value = Object.hasOwn(pod.annotations, annotation) ? pod.annotations[annotation] : undefined;
    if (typeof value !== 'string') return;
    if (value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')) return;
    found.set(`${annotation}=${goQuote(value)}`, ['metadata', 'annotations', annotation]);
  };
  look(podAnnotation);
  for (const container of pod.containers) look(`${containerAnnotation}${container.name}`);
  if (found.size === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', 'annotations', found.size)} ${sortedSet(found.keys()).join(', ')}`,
    fields: [...found.values()],
  };
}

function forbiddenProfiles(pod: PodView): Violation | undefined {
  const { podType, bad, types, fields } = explicitProfiles(pod);
  const who = setters(podType === 'forbidden', bad);
  if (who === '') return undefined;
  return {
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(sortedSet(types))}`,
    fields,
  };
}

/** Who sets which profile: what both levels ask first. */
export interface SeccompProfiles {
  readonly podType: 'allowed' | 'forbidden' | 'absent';
  /** Containers that set a forbidden type. */
  readonly bad: readonly ContainerView[];
  /** Containers without a profile of their own. */
  readonly silent: readonly ContainerView[];
  readonly types: readonly string[];
  readonly fields: readonly FieldPath[];
}

/** Sorts a pod's seccomp profiles into allowed, forbidden and absent ones. */
export function explicitProfiles(pod: PodView): SeccompProfiles {
  const types: string[] = [];
  const fields: FieldPath[] = [];
  const bad: ContainerView[] = [];
  const silent: ContainerView[] = [];
  const podType = judge(pod.securityContext, types);
  if (podType === 'forbidden') fields.push(['spec', 'securityContext', 'seccompProfile', 'type']);
  for (const container of pod.containers) {
    const type = judge(container.securityContext, types);
    if (type === 'absent') silent.push(container);
    if (type !== 'forbidden') continue;
    bad.push(container);
    fields.push(containerPath(container, 'securityContext', 'seccompProfile', 'type'));
  }
  return { podType, bad, silent, types, fields };
}

function judge(securityContext: JsonObject | undefined, types: string[]): SeccompProfiles['podType'] {
  const profile = member(securityContext, 'seccompProfile');
  if (profile === undefined) return 'absent';
  const type = text(profile['type']);
  if (type === 'RuntimeDefault' || type === 'Localhost') return 'allowed';
  types.push(type);
  return 'forbidden';
}
