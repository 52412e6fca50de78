import { isPublic, isPublicHost, isUnspecified } from '../../../cluster/addresses.ts';
import type { Cluster } from '../../../cluster/cluster.ts';
import { placeOf } from '../../../cluster/document.ts';
import { isObject, stringAt } from '../../../cluster/json.ts';
import type { Context, Parameters } from '../../control.ts';
import { defineControl } from '../../control.ts';
import { hiddenFlag } from '../../every-minor.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent } from '../../per-component.ts';
import type { Trust } from '../exposed-services.ts';
import { judgeServices } from '../exposed-services.ts';
import type { SeenAddress } from '../host-addresses.ts';
import { publicAddresses } from '../host-addresses.ts';

const wanted = 'one address inside the network';

function judgeServer(context: Context<Parameters & Trust>, view: ComponentView): ComponentDraft {
  const { internalRanges } = context.parameters;
  const hidden = hiddenFlag(view, ['bind-address']);
  if (hidden !== undefined) return hidden;
  const bind = view.flag('bind-address').value;
  const evidence = [view.flagEvidence('bind-address', wanted)];
  if (bind === '' || isUnspecified(bind)) {
    const found = publicAddresses(context.cluster, view, internalRanges);
    if (found.length === 0)
      return {
        verdict: 'unknown',
        message:
          'listens on all interfaces, and no public address of the host was seen: a firewall or NAT is outside Kubernetes, a connection from outside settles it',
        evidence,
      };
    const list = found.map(({ address }) => address).join(', ');
    return {
      verdict: 'fail',
      message: `listens on all interfaces, and the host has the public address ${list}`,
      evidence: [...evidence, ...found.map((entry) => entry.evidence)],
    };
  }
  if (isPublic(bind, internalRanges)) return { verdict: 'fail', message: `listens on the public address ${bind}`, evidence };
  const front = frontHosts(context.cluster).filter(({ address }) => isPublicHost(address, context.parameters));
  if (front.length === 0) return { verdict: 'pass', message: `listens on ${bind} alone, which is not public`, evidence };
  const names = [...new Set(front.map(({ address }) => address))].join(', ');
  return {
    verdict: 'unknown',
    message: `listens on ${bind} alone, but ${names} in front is public or a name that is not trusted: whom it lets through is outside Kubernetes`,
    evidence: [...evidence, ...front.map((entry) => entry.evidence)],
  };
}

/** What clients connect to: controlPlaneEndpoint of kubeadm and `server` of kubeconfigs. */
function frontHosts(cluster: Cluster): readonly SeenAddress[] {
  const inside = 'an address or name inside the network';
  const endpoints = cluster.configurations.flatMap((document): readonly SeenAddress[] => {
    if (!isObject(document.value) || document.value['kind'] !== 'ClusterConfiguration') return [];
    const endpoint = stringAt(document.value['controlPlaneEndpoint']) ?? '';
    if (endpoint === '') return [];
    const place = placeOf(document, ['controlPlaneEndpoint']);
    return [{ address: hostOf(endpoint), evidence: { ...place, seen: endpoint, wanted: inside } }];
  });
  const servers = cluster.kubeconfigs.flatMap((file) =>
    file.servers.map((server) => ({
      address: hostOf(server),
      evidence: { source: file.source, path: 'clusters[].cluster.server', seen: server, wanted: inside },
    })),
  );
  return [...endpoints, ...servers];
}

/** Host of `https://host:6443/path`, `host:6443`, `[::1]:6443`, `host`. */
function hostOf(text: string): string {
  const rest = text.replace(/^[A-Za-z]+:\/\//, '').split('/')[0] ?? '';
  const bracketed = /^\[([^\]]+)\]/.exec(rest)?.[1];
  if (bracketed !== undefined) return bracketed;
  return (rest.match(/:/g) ?? []).length > 1 ? rest : (rest.split(':')[0] ?? rest);
}

export const control = defineControl({
  id: 'apiserver-endpoint-exposure',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: { internalRanges: [], trustedNames: ['.internal', '.local', '.lan', '.home.arpa', '.svc', 'localhost'] },
  revisions: [
    {
      since: '1.28',
      evaluate: function* (context) {
        yield* perComponent(context, { component: 'kube-apiserver', flags: ['bind-address'] }, (view) =>
          judgeServer(context, view),
        );
        yield* judgeServices(context.cluster, context.parameters);
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Set `--bind-address` to the host’s internal address (the same as `--advertise-address`); for a Service set `loadBalancerSourceRanges`. Where there are public addresses alone nothing native helps: a firewall, or the provider’s private endpoint.',
  },
  tradeOffs: [
    'Local clients on 127.0.0.1, and probes with another host, lose the port (kubeadm’s probes use the advertise address).',
    'Kubelets in other networks lose the API server.',
  ],
});
