import { knownKinds } from '../../cluster/kinds.ts';
import type { Attributes } from '../attributes.ts';
import type { RbacObjects } from '../rbac/objects.ts';

/** A request as a person writes it. */
export interface AskedRequest {
  readonly verb: string;
  /** `pods`, `deployments.apps`, `pods/log`, `secrets/name` where a name may follow, or a path. */
  readonly target: string;
  readonly name: string;
  readonly namespace: string;
}

/** What a slash in the target is followed by. */
type AfterSlash = 'subresource' | 'name';

/** What was asked could not be read; `message` says what was expected. */
export type ReadRequest =
  { readonly kind: 'read'; readonly attributes: Attributes } | { readonly kind: 'refused'; readonly message: string };

// Groups whose resources share a plain name with others: who writes it means the other.
const lastGroups: readonly string[] = ['extensions', 'metrics.k8s.io', 'events.k8s.io'];

/**
 * Reads a request: a resource without its group is that of the core, else of Kubernetes' own groups, else of the one group that roles of the
 * cluster name with it.
 */
export function readRequest(asked: AskedRequest, slash: AfterSlash, objects: RbacObjects): ReadRequest {
  const { verb, target, name, namespace } = asked;
  if (target.startsWith('/')) {
    if (namespace !== '' || name !== '')
      return { kind: 'refused', message: `${target} is a path: it has neither name nor namespace` };
    return { kind: 'read', attributes: { kind: 'nonResource', verb, path: target } };
  }
  const [full, after = ''] = splitOnce(target, '/');
  const [resource, given] = full === '*' ? ['*', '*'] : splitOnce(full, '.');
  if (resource === '')
    return { kind: 'refused', message: `\`${target}\` names no resource, expected RESOURCE[.GROUP], or a path` };
  if (slash === 'name' && after !== '' && name !== '') return { kind: 'refused', message: `two names: ${after} and ${name}` };
  const known = knownKinds.filter(({ plural, group }) => plural === resource && (given === undefined || group === given));
  const kind = known.find(({ group }) => group === '') ?? known.find(({ group }) => !lastGroups.includes(group)) ?? known[0];
  const group = given ?? kind?.group ?? onlyGroup(objects, resource);
  if (group === undefined)
    return {
      kind: 'refused',
      message: `no API group is known for \`${resource}\`: write ${resource}.GROUP (${resource}. for the core)`,
    };
  const attributes: Attributes = {
    kind: 'resource',
    verb,
    apiGroup: group,
    resource,
    subresource: slash === 'subresource' ? after : '',
    name: slash === 'name' && after !== '' ? after : name,
    namespace: kind?.namespaced === false ? '' : namespace,
  };
  return { kind: 'read', attributes };
}

function splitOnce(text: string, by: string): readonly [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The one group that roles name with a resource. */
function onlyGroup({ roles }: RbacObjects, resource: string): string | undefined {
  const groups = new Set<string>();
  for (const role of roles)
    for (const rule of role.rules)
      if (rule.resources.some((one) => one === resource || one.startsWith(`${resource}/`)))
        for (const group of rule.apiGroups) if (group !== '*') groups.add(group);
  return groups.size === 1 ? [...groups][0] : undefined;
}
