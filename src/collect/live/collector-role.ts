import { listedKinds, namedObjects } from './live-kinds.ts';

const head = `# The least rights that \`bulwark scan\` and \`bulwark collect\` need on a live cluster: reading, nothing else.
# Bind it with: kubectl create clusterrolebinding bulwark-collector --clusterrole=bulwark-collector --serviceaccount=NAMESPACE:NAME
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: bulwark-collector
rules:
`;

const tail = `# Left out on purpose: nodes/proxy, which lets its owner run commands in every pod of every node. Without it the kubelets' effective
# configuration (/configz) is not read through the API server: scan the hosts instead (bulwark scan --host-root DIR). nodes/configz
# (from 1.33) would not help: it opens a kubelet's own port, and Bulwark asks the API server alone.
`;

/**
 * Returns the least ClusterRole that collecting from a live cluster needs, as YAML with comments. No `nodes/proxy`: a standing right
 * to it is root on the nodes (controls.md, authz-nodes-proxy). Deterministic.
 */
export function collectorRole(): string {
  const rules: string[] = [];
  for (const group of new Set(listedKinds.map((kind) => kind.group))) {
    const kinds = listedKinds.filter((kind) => kind.group === group && kind.kind !== 'Secret' && kind.kind !== 'Namespace');
    rules.push(rule({ groups: [group], resources: kinds.map((kind) => kind.plural).sort(), verbs: ['list'] }));
    if (group !== '') continue;
    rules.push(
      '  # get reads one namespace where --namespace is given.\n',
      rule({ groups: [''], resources: ['namespaces'], verbs: ['get', 'list'] }),
      '  # Type, key names and sizes are kept; values are dropped as each page arrives. RBAC cannot limit a list to some fields.\n',
      rule({ groups: [''], resources: ['secrets'], verbs: ['list'] }),
    );
  }
  for (const [plural, group] of new Map(namedObjects.map((object) => [object.plural, object.group]))) {
    const names = namedObjects.filter((object) => object.plural === plural).map((object) => object.name);
    rules.push(rule({ groups: [group], resources: [plural], names, verbs: ['get'] }));
  }
  rules.push(
    '  # A review that stores nothing: who the credential in use is.\n',
    rule({ groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] }),
    '  - nonResourceURLs: ["/version", "/api", "/apis", "/apis/*"]\n    verbs: ["get"]\n',
  );
  return `${head}${rules.join('')}${tail}`;
}

function rule(parts: {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
}): string {
  const names = parts.names === undefined ? '' : `    resourceNames: ${list(parts.names)}\n`;
  return `  - apiGroups: ${list(parts.groups)}\n    resources: ${list(parts.resources)}\n${names}    verbs: ${list(parts.verbs)}\n`;
}

function list(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
