/**
 * The smallest audit policy that covers Bulwark's list of requests (audit/requests.data.json), advice included, and writes no secret:
 * the first rule that matches decides. It needs no `group: "*"`, which servers before 1.36 refuse.
 */
export const defaultPolicy = `# What the API server records of each request; the first rule that matches decides.
apiVersion: audit.k8s.io/v1
kind: Policy
# One event a request is enough: when it is answered.
omitStages:
  - RequestReceived
omitManagedFields: true
rules:
  # Secrets, tokens and what often holds them: who and what, never the content.
  - level: Metadata
    resources:
      - group: ""
        resources: [secrets, configmaps, serviceaccounts/token]
      - group: authentication.k8s.io
        resources: [tokenreviews]

  # Noise: health checks, heartbeats, events, and nodes that ask what a request may do.
  - level: None
    nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"]
  - level: None
    userGroups: ["system:nodes"]
    verbs: [get, update, patch]
    resources:
      - group: coordination.k8s.io
        resources: [leases]
      - group: ""
        resources: [nodes/status]
  - level: None
    userGroups: ["system:nodes"]
    verbs: [create]
    resources:
      - group: authorization.k8s.io
        resources: [subjectaccessreviews]
  - level: None
    verbs: [create, update, patch]
    resources:
      - group: ""
        resources: [events]
      - group: events.k8s.io
        resources: [events]

  # What changes who may do what, or what runs: with the object that was sent.
  - level: Request
    verbs: [create, update, patch, delete, deletecollection]
    resources:
      - group: ""
        resources: [pods, pods/ephemeralcontainers, namespaces, services, serviceaccounts, replicationcontrollers]
      - group: apps
        resources: [deployments, daemonsets, statefulsets, replicasets]
      - group: batch
        resources: [jobs, cronjobs]
      - group: rbac.authorization.k8s.io
      - group: admissionregistration.k8s.io
      - group: apiextensions.k8s.io
        resources: [customresourcedefinitions]
      - group: apiregistration.k8s.io
        resources: [apiservices]
      - group: certificates.k8s.io
        resources: [certificatesigningrequests, certificatesigningrequests/approval]
      - group: networking.k8s.io
        resources: [networkpolicies]

  # Everything else: who, what, when, from where.
  - level: Metadata
`;
