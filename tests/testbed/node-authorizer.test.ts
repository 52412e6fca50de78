import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/authentication/user.ts';
import type { ResourceAttributes } from '../../src/authorization/attributes.ts';
import type { CompiledAuthorization } from '../../src/authorization/chain.ts';
import { compileAuthorization, decide } from '../../src/authorization/chain.ts';
import { nodeGraph } from '../../src/authorization/node/graph.ts';
import { nodeAuthorizer } from '../../src/authorization/node/node-authorizer.ts';
import { readRbacObjects } from '../../src/authorization/rbac/objects.ts';
import { grantsFor } from '../../src/authorization/rbac/rbac.ts';
import type { JsonObject } from '../../src/cluster/json.ts';
import { listAt, objectAt, stringAt } from '../../src/cluster/json.ts';
import type { ControlPlane } from '../../testbed/control-plane.ts';
import { startControlPlane } from '../../testbed/control-plane.ts';
import type { Testbed } from '../../testbed/find.ts';
import { findTestbedsForLongTests } from '../../testbed/find.ts';
import { Client, each } from './many-requests.ts';
import {
  container,
  nodeWords,
  randomAttachment,
  randomPod,
  randomPodCertificate,
  randomSlice,
  randomVolume,
} from './node-objects.ts';
import { Random, seedOfRun } from './random-cases.ts';
import { review, storedWorld } from './rbac-worlds.ts';

const seed = seedOfRun();
const questions = 7000;
/** From this minor on devices are claimed by default. */
const devicesSince = 34;
/** From this minor on pods ask for certificates by default. */
const certificatesSince = 37;

/** Before, a server looked at the ephemeral containers of a pod that it knew only after its own restart. */
const ephemeralSeenSince = 37;

const resources: readonly (readonly [group: string, resource: string, subresources: readonly string[]])[] = [
  ['', 'secrets', ['']],
  ['', 'configmaps', ['']],
  ['', 'persistentvolumeclaims', ['', 'status']],
  ['', 'persistentvolumes', ['', 'status']],
  ['', 'serviceaccounts', ['', 'token']],
  ['', 'pods', ['', 'status', 'eviction', 'log']],
  ['', 'nodes', ['', 'status', 'proxy']],
  ['', 'events', ['']],
  ['', 'services', ['']],
  ['storage.k8s.io', 'volumeattachments', ['', 'status']],
  ['storage.k8s.io', 'csinodes', ['', 'status']],
  ['coordination.k8s.io', 'leases', ['']],
  ['resource.k8s.io', 'resourceclaims', ['', 'status']],
  ['resource.k8s.io', 'resourceslices', ['']],
  ['certificates.k8s.io', 'certificatesigningrequests', ['']],
  ['certificates.k8s.io', 'podcertificaterequests', ['', 'status']],
  ['authorization.k8s.io', 'subjectaccessreviews', ['']],
];
const verbs = ['get', 'get', 'get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const clustered: readonly string[] = ['nodes', 'persistentvolumes', 'volumeattachments', 'csinodes', 'resourceslices'];

function randomNode(random: Random): User {
  const node = random.chance(0.95) ? random.pick(nodeWords.nodes) : random.pick(['', 'n9', 'N1', "n'1"]);
  const groups = random.chance(0.95) ? ['system:nodes', ...random.some(['system:authenticated', 'x'], 0, 2)] : ['x'];
  return { username: random.chance(0.97) ? `system:node:${node}` : node || 'x', groups };
}

function randomQuestion(random: Random): { readonly user: User; readonly attributes: ResourceAttributes } {
  const user = randomNode(random);
  const [apiGroup, resource, subresources] = random.pick(resources);
  const numbered: Readonly<Record<string, readonly [string, number]>> = {
    persistentvolumes: ['pv', 30],
    volumeattachments: ['va', 12],
    resourceslices: ['slice', 12],
    pods: ['p', 60],
    podcertificaterequests: ['pcr', 12],
  };
  const [prefix, count] = numbered[resource] ?? ['', 0];
  const own = user.username.replace('system:node:', '');
  const names =
    prefix === '' ? (clustered.includes(resource) || resource === 'leases' ? [own, 'n1', 'n2'] : nodeWords.names) : [];
  const ephemeral = resource === 'persistentvolumeclaims' && random.chance(0.3);
  const name = ephemeral
    ? `p${random.below(60)}-v${random.below(2)}`
    : prefix === ''
      ? random.pick(names)
      : `${prefix}${random.below(count)}`;
  const somewhere = random.pick(nodeWords.namespaces);
  const namespace = clustered.includes(resource) ? (random.chance(0.95) ? '' : somewhere) : random.chance(0.95) ? somewhere : '';
  const selector = random.pick([
    `spec.nodeName=${own}`,
    'spec.nodeName=n1',
    `spec.nodeName!=${own}`,
    `spec.nodeName==${own},a=b`,
  ]);
  const verb = random.pick(verbs);
  return {
    user,
    attributes: {
      kind: 'resource',
      verb,
      apiGroup,
      resource,
      subresource: random.chance(0.95) ? random.pick(subresources) : 'scale',
      name: random.chance(0.9) ? name : '',
      namespace: resource === 'leases' && random.chance(0.7) ? 'kube-node-lease' : namespace,
      ...(['list', 'watch', 'deletecollection'].includes(verb) && random.chance(0.6) ? { fieldSelector: selector } : {}),
    },
  };
}

describe.skipIf(findTestbedsForLongTests().length === 0).each(findTestbedsForLongTests())(
  'the Node authorizer against kube-apiserver $version (needs a testbed)',
  (testbed: Testbed) => {
    const random = new Random(seed);
    const { minor } = testbed;
    let plane: ControlPlane;
    let client: Client;
    let marks = 0;

    beforeAll(async () => {
      // Nobody makes the accounts of the pods, nor takes finalizers off.
      const without = 'ServiceAccount,StorageObjectInUseProtection';
      plane = await startControlPlane(testbed, { flags: { 'disable-admission-plugins': without } });
      client = new Client(plane);
      for (const name of nodeWords.namespaces) await client.made('POST', '/api/v1/namespaces', { metadata: { name } });
      const count = (number: number) => Array.from({ length: number }, (_, index) => index);
      const claims = minor >= devicesSince;
      const made = await each(count(60), async (index) => {
        const pod = randomPod(random, index, claims);
        const { status, body } = await client.send({ method: 'POST', path: podsIn(pod), body: pod, as: client.admin });
        const isMirror = objectAt(pod['metadata'])['annotations'] !== undefined;
        if (!isMirror) expect(status, JSON.stringify(body)).toBe(201);
        return status === 201;
      });
      expect(made.filter(Boolean).length).toBeGreaterThan(45);
      await each(count(30), (index) => client.made('POST', '/api/v1/persistentvolumes', randomVolume(random, index)));
      await each(count(12), (index) => client.made('POST', attachments, randomAttachment(random, index)));
      if (claims) await each(count(12), (index) => client.made('POST', slices, randomSlice(random, index)));
      if (minor >= certificatesSince)
        await each(count(12), async (index) => {
          const request = randomPodCertificate(random, index);
          await client.made('POST', `${certificates}/namespaces/blue/podcertificaterequests`, request);
        });
      await allSeen();
    });
    afterAll(async () => {
      client?.close();
      await plane?.stop();
    });

    const attachments = '/apis/storage.k8s.io/v1/volumeattachments';
    const certificates = '/apis/certificates.k8s.io/v1';
    const slices = '/apis/resource.k8s.io/v1/resourceslices';
    const podsIn = (pod: JsonObject): string =>
      `/api/v1/namespaces/${stringAt(objectAt(pod['metadata'])['namespace']) ?? ''}/pods`;

    /** Waits until the authorizer has seen all that was written: each of its watches sees a last object after the others. */
    async function allSeen(): Promise<void> {
      const mark = `mark-${marks++}`;
      const spec = { nodeName: mark, containers: [{ name: 'c', image: 'i' }] };
      const volumes = [
        { name: 'v', persistentVolumeClaim: { claimName: mark } },
        { name: 's', secret: { secretName: mark } },
      ];
      await client.made('POST', '/api/v1/namespaces/blue/pods', { metadata: { name: mark }, spec: { ...spec, volumes } });
      const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: 'blue', name: mark };
      const volume = { capacity: { storage: '1' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' }, claimRef };
      await client.made('POST', '/api/v1/persistentvolumes', { metadata: { name: mark }, spec: volume });
      const attachment = { attacher: 'x.example', nodeName: mark, source: { persistentVolumeName: mark } };
      await client.made('POST', attachments, { metadata: { name: mark }, spec: attachment });
      const asked = [
        { verb: 'get', resource: 'secrets', namespace: 'blue' },
        { verb: 'get', resource: 'persistentvolumes' },
        { verb: 'get', group: 'storage.k8s.io', resource: 'volumeattachments' },
      ];
      if (minor >= devicesSince) {
        const pool = { name: mark, generation: 1, resourceSliceCount: 1 };
        const slice = { driver: 'dra.example', pool, devices: [], nodeName: mark };
        await client.made('POST', slices, { metadata: { name: mark }, spec: slice });
        asked.push({ verb: 'get', group: 'resource.k8s.io', resource: 'resourceslices' });
      }
      const user = `system:node:${mark}`;
      for (const attributes of asked)
        await client.until(async () => {
          const spec2 = { user, groups: ['system:nodes'], resourceAttributes: { ...attributes, name: mark } };
          return (await review(client, spec2)).allowed;
        });
    }

    async function compiledNow(): Promise<CompiledAuthorization> {
      const listed = async (path: string) => listAt(objectAt(await client.made('GET', path))['items']).map(objectAt);
      const graph = nodeGraph({
        pods: await listed('/api/v1/pods'),
        persistentVolumes: await listed('/api/v1/persistentvolumes'),
        volumeAttachments: await listed(attachments),
        resourceSlices: minor >= devicesSince ? await listed(slices) : [],
        podCertificateRequests: minor >= certificatesSince ? await listed(`${certificates}/podcertificaterequests`) : [],
      });
      return compileAuthorization({
        authorizers: ['Node', 'RBAC'].map((type) => ({ type, name: type })),
        assumptions: [],
        rbac: readRbacObjects(await storedWorld(client)),
        node: nodeAuthorizer(graph, minor),
        minor,
      });
    }

    async function compare(): Promise<void> {
      const compiled = await compiledNow();
      const cases = Array.from({ length: questions }, () => randomQuestion(random));
      const differences: unknown[] = [];
      let reached = 0;
      await each(cases, async ({ user, attributes }) => {
        const { verb, apiGroup: group, resource, subresource, name, namespace, fieldSelector } = attributes;
        const server = await review(client, {
          user: user.username,
          groups: [...user.groups],
          resourceAttributes: {
            verb,
            group,
            resource,
            subresource,
            name,
            namespace,
            ...(fieldSelector === undefined ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
          },
        });
        const ours = decide(compiled, user, attributes);
        const reasons =
          ours.kind === 'allow' && ours.authorizer === 'RBAC'
            ? grantsFor(compiled.rbac, user, attributes).map(({ reason }) => reason)
            : [ours.kind === 'unknown' ? ours.why : ours.reason];
        if (ours.kind === 'allow' && ['secrets', 'configmaps', 'persistentvolumes'].includes(resource)) reached++;
        if (server.allowed !== (ours.kind === 'allow') || !reasons.includes(server.reason) || server.error !== '')
          differences.push({ user, attributes, server, ours: ours.kind, reasons });
      });
      expect(differences.slice(0, 5), `${differences.length} differ, seed ${seed}`).toEqual([]);
      // Enough of what only the graph can tell.
      expect(reached).toBeGreaterThan(questions / 60);
    }

    it('decides what nodes reach as the server does', async () => {
      await compare();
    });

    it('decides so after pods went, grew and were bound', async () => {
      const pods = listAt(objectAt(await client.made('GET', '/api/v1/pods'))['items']).map(objectAt);
      for (const pod of pods) {
        const { name = '' } = { name: stringAt(objectAt(pod['metadata'])['name']) };
        const path = `${podsIn(pod)}/${name}`;
        const chosen = random.below(6);
        if (chosen === 0) await client.made('DELETE', `${path}?gracePeriodSeconds=0`);
        else if (chosen === 1 && minor >= ephemeralSeenSince) {
          const ephemeral = [{ ...container(random, 'later'), targetContainerName: 'd' }];
          const grown = { ...pod, spec: { ...objectAt(pod['spec']), ephemeralContainers: ephemeral } };
          // A mirror pod takes none, nor does one of an account that may not.
          await client.send({ method: 'PUT', path: `${path}/ephemeralcontainers`, body: grown, as: client.admin });
        } else if (chosen === 2 && objectAt(pod['spec'])['nodeName'] === undefined) {
          const target = { apiVersion: 'v1', kind: 'Node', name: random.pick(nodeWords.nodes) };
          await client.made('POST', `${path}/binding`, { metadata: { name }, target });
        } else if (chosen === 3) {
          const statuses = [{ name: 's', resourceClaimName: random.pick(nodeWords.names) }];
          const phase = random.pick(['Running', 'Succeeded']);
          const status = {
            ...objectAt(pod['status']),
            phase,
            ...(minor >= devicesSince ? { resourceClaimStatuses: statuses } : {}),
          };
          await client.send({ method: 'PUT', path: `${path}/status`, body: { ...pod, status }, as: client.admin });
        }
      }
      for (let index = 0; index < 10; index++) {
        if (random.chance(0.5)) await client.made('DELETE', `/api/v1/persistentvolumes/pv${index}`);
        if (random.chance(0.5)) await client.made('DELETE', `${attachments}/va${index}`);
        if (minor >= devicesSince && random.chance(0.5)) await client.made('DELETE', `${slices}/slice${index}`);
      }
      await allSeen();
      await compare();
    });
  },
);
