// Writes src/authorization/rbac/bootstrap.data.json: the RBAC objects that a fresh API server creates by itself, per minor.
//
//   node scripts/make-bootstrap-roles.mjs 1.31=LIST.json[,LIST.json…] 1.36=…
//
// A LIST is what the server answers on /apis/rbac.authorization.k8s.io/v1/{clusterroles,clusterrolebindings,roles,rolebindings}
// before kube-controller-manager ran (it fills aggregated roles), or one v1 List of them all. Objects of others (no rbac-defaults
// label) are left out, and so is what a recording from OpenShift's build has beside upstream's (see `downstream`).
import { readFileSync, writeFileSync } from 'node:fs';

const target = new URL('../src/authorization/rbac/bootstrap.data.json', import.meta.url);
const byText = new Map();
const minors = [];

for (const argument of process.argv.slice(2)) {
  const [version, files] = argument.split('=');
  const minor = Number(version.split('.')[1]);
  minors.push(minor);
  for (const file of files.split(',')) {
    const list = JSON.parse(readFileSync(file, 'utf8'));
    for (const item of list.items) keep(item, item.kind ?? list.kind.replace(/List$/, ''), minor);
  }
}

function downstream(name) {
  return name.startsWith('system:openshift:') || name === 'system:controller:service-ca-cert-publisher';
}

function upstreamRules(rules) {
  const kept = rules.map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => ({
    verbs,
    apiGroups,
    resources: resources?.filter((resource) => resource !== 'endpointslices/restricted'),
    resourceNames,
    nonResourceURLs,
  }));
  return kept.filter(({ resources }) => resources?.length !== 0);
}

function keep(item, kind, minor) {
  const { name, namespace, labels } = item.metadata;
  if (labels?.['kubernetes.io/bootstrapping'] !== 'rbac-defaults' || downstream(name)) return;
  const { rules, aggregationRule, subjects, roleRef } = item;
  const others = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== 'kubernetes.io/bootstrapping'));
  const object = {
    kind,
    name,
    namespace,
    labels: Object.keys(others).length > 0 ? others : undefined,
    rules: rules ? upstreamRules(rules) : undefined,
    aggregationRule,
    subjects: subjects?.map(({ kind, name, namespace }) => ({ kind, name, namespace })),
    roleRef: roleRef && { kind: roleRef.kind, name: roleRef.name },
  };
  const text = JSON.stringify(object);
  if (!byText.has(text)) byText.set(text, { minors: [], text, order: [kind, namespace ?? '', name].join(' ') });
  byText.get(text).minors.push(minor);
}

minors.sort((a, b) => a - b);
const objects = [...byText.values()].map((one) => ({ ...one, minors: one.minors.sort((a, b) => a - b) }));
objects.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : a.minors[0] - b.minors[0]));
const lines = objects.map(({ minors, text }) => `{"minors":${JSON.stringify(minors)},"object":${text}}`);
writeFileSync(target, `{"recorded":${JSON.stringify(minors)},"objects":[\n${lines.join(',\n')}\n]}\n`);
console.log(`${objects.length} objects for minors ${minors.join(', ')}`);
