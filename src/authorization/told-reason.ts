/** From this minor on the reason of an authorizer without an opinion is told with the authorizer's name. */
const namedSince = 37;

/**
 * The reason of one authorizer as a refusal tells it: `rbac: RBAC: …`. An authorizer that `--authorization-mode` names is called by its type
 * in lower case, one of a configuration file as it is called there.
 *
 * Rule source: k8s.io/apiserver pkg/authorization/union/union.go; K:pkg/kubeapiserver/options/authorization.go.
 */
export function toldReason(
  { type, name }: { readonly type: string; readonly name: string },
  reason: string,
  minor: number,
): string {
  if (reason === '' || minor < namedSince) return reason;
  return `${name === type ? type.toLowerCase() : name}: ${reason}`;
}

/** The reason of RBAC as a refusal tells it where no other authorizer has something to say. */
export function toldByRbac(reason: string, minor: number): string {
  return toldReason({ type: 'RBAC', name: 'RBAC' }, reason, minor);
}
