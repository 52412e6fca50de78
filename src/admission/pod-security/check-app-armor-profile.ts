import type { FieldPath } from '../../cluster/json.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { Check, Violation } from './check.ts';
import { plural, quoted, setters, sortedSet, text } from './check.ts';
import type { PodView } from './pod-view.ts';
import { containerPath, member } from './pod-view.ts';

export const appArmorAnnotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/** First server that has the field `securityContext.appArmorProfile` and words the message around it. */
const fieldSince = 30;

/** Only the runtime's default or a local AppArmor profile, by annotation or field (policy/check_appArmorProfile.go). */
export const appArmorProfile: Check = {
  id: 'appArmorProfile',
  level: 'baseline',
  revisions: [
    { since: 0, check: (pod, server) => (server.minor < fieldSince ? annotationsOnly(pod) : annotationsAndFields(pod)) },
  ],
};

interface ForbiddenAnnotations {
  readonly texts: readonly string[];
  readonly fields: readonly FieldPath[];
}

function forbiddenAnnotations(pod: PodView): ForbiddenAnnotations {
  const found: { text: string; field: FieldPath }[] = [];
  for (const [key, value] of Object.entries(pod.annotations)) {
    if (!key.startsWith(appArmorAnnotationPrefix) || typeof value !== 'string') continue;
    if (value === '' || value === 'runtime/default' || value.startsWith('localhost/')) continue;
    found.push({ text: `${key}=${goQuote(value)}`, field: ['metadata', 'annotations', key] });
  }
  found.sort((a, b) => (a.text < b.text ? -1 : 1));
  return { texts: found.map((item) => item.text), fields: found.map((item) => item.field) };
}

function annotationsOnly(pod: PodView): Violation | undefined {
  const { texts, fields } = forbiddenAnnotations(pod);
  if (texts.length === 0) return undefined;
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', texts.length),
    detail: texts.join(', '),
    fields,
  };
}

function annotationsAndFields(pod: PodView): Violation | undefined {
  const fields: FieldPath[] = [];
  const types: string[] = [];
  const podType = forbiddenType(pod.securityContext);
  if (podType !== undefined) {
    types.push(podType);
    fields.push(['spec', 'securityContext', 'appArmorProfile', 'type']);
  }
  const bad = pod.containers.filter((container) => {
    const type = forbiddenType(container.securityContext);
    if (type === undefined) return false;
    types.push(type);
    fields.push(containerPath(container, 'securityContext', 'appArmorProfile', 'type'));
    return true;
  });
  const annotations = forbiddenAnnotations(pod);
  const who = setters(podType !== undefined, bad);
  const parts = who === '' ? [] : [who];
  if (annotations.texts.length > 0) parts.push(plural('annotation', 'annotations', annotations.texts.length));
  if (parts.length === 0) return undefined;
  const values = [...sortedSet(types), ...annotations.texts];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${parts.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
    fields: [...fields, ...annotations.fields],
  };
}

function forbiddenType(securityContext: PodView['securityContext']): string | undefined {
  const profile = member(securityContext, 'appArmorProfile');
  if (profile === undefined) return undefined;
  const type = text(profile['type']);
  return type === 'RuntimeDefault' || type === 'Localhost' ? undefined : type;
}
