// Writes 10,000 objects in about 25 MB of YAML: deployments, services, accounts, policies and roles of 200 namespaces, as a
// repository of many teams holds them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const namespaces = 200;

function deployment(namespace, name, index) {
  const container = (suffix) => `
        - name: ${name}-${suffix}
          image: registry.example.test/${namespace}/${name}-${suffix}:1.${index % 50}.${index % 7}
          imagePullPolicy: IfNotPresent
          command: ["/bin/${name}", "--listen=:8080", "--config=/etc/${name}/config.yaml"]
          env:
${Array.from({ length: 4 }, (_, i) => `            - name: SETTING_${i}\n              value: "value-${i}-of-${name}-${suffix}"`).join('\n')}
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 5
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            initialDelaySeconds: 10
          resources:
            requests:
              cpu: ${100 + (index % 9) * 50}m
              memory: ${64 + (index % 5) * 64}Mi
            limits:
              cpu: "1"
              memory: 512Mi
          securityContext:
            allowPrivilegeEscalation: ${index % 3 === 0}
            readOnlyRootFilesystem: true
            capabilities:
              drop: [${index % 4 === 0 ? 'NET_RAW' : 'ALL'}]
          volumeMounts:
            - name: config
              mountPath: /etc/${name}
            - name: cache
              mountPath: /var/cache/${name}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: ${namespace}
    app.kubernetes.io/managed-by: bench
  annotations:
    example.test/owner: team-${index % 40}@example.test
    example.test/description: "Serves part ${index} of the product; see the handbook of team ${index % 40} before you change it."
spec:
  replicas: ${1 + (index % 4)}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
        app.kubernetes.io/part-of: ${namespace}
    spec:
      serviceAccountName: ${name}
      automountServiceAccountToken: ${index % 2 === 0}
      securityContext:
        runAsNonRoot: ${index % 5 !== 0}
        seccompProfile:
          type: RuntimeDefault
      containers:${container('main')}${container('sidecar')}${container('proxy')}
      volumes:
        - name: config
          configMap:
            name: ${name}
        - name: cache
          emptyDir: {}
`;
}

function small(kind, namespace, name, index) {
  switch (kind) {
    case 'Service':
      return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  selector:\n    app.kubernetes.io/name: ${name}\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n`;
    case 'ServiceAccount':
      return `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nautomountServiceAccountToken: false\n`;
    case 'NetworkPolicy':
      return `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: ${name}\n  policyTypes: [Ingress]\n  ingress:\n    - from:\n        - podSelector: {}\n      ports:\n        - port: 8080\n`;
    default:
      return `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: ${index % 3 === 0 ? 'edit' : 'view'}\nsubjects:\n  - kind: ServiceAccount\n    name: ${name}\n    namespace: ${namespace}\n`;
  }
}

/** Writes the files into a folder, one a namespace; returns the numbers of objects and bytes. */
export function writeManifests(folder) {
  mkdirSync(folder, { recursive: true });
  let objects = 0;
  let bytes = 0;
  for (let n = 0; n < namespaces; n++) {
    const namespace = `team-${String(n).padStart(3, '0')}`;
    const documents = [
      `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n  labels:\n    pod-security.kubernetes.io/enforce: ${n % 2 === 0 ? 'baseline' : 'privileged'}\n`,
    ];
    // 24 deployments, and 25 small objects beside them: 50 objects a namespace with its Namespace.
    for (let i = 0; i < 24; i++) documents.push(deployment(namespace, `svc-${i}`, n * 24 + i));
    for (let i = 0; i < 25; i++)
      documents.push(small(['Service', 'ServiceAccount', 'NetworkPolicy', 'RoleBinding'][i % 4], namespace, `svc-${i % 24}`, i));
    const text = documents.join('---\n');
    objects += documents.length;
    bytes += Buffer.byteLength(text);
    writeFileSync(join(folder, `${namespace}.yaml`), text);
  }
  return { objects, bytes };
}
