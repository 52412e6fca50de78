import type { Change, Remedy } from '../../../cluster/change.ts';
import { listingOf } from '../../../cluster/listing.ts';
import { kubeletSetting } from '../../../cluster/kubelet-configuration.ts';
import { absentFile, kubeadmPki, usesKubeadmPki } from '../../kubeadm-pki.ts';
import type { Mending } from '../../mending.ts';
import { mendingOf, mendingsOf, notSeen, serverRemedy } from '../../mending.ts';
import type { RemedyContext, RemedyFunction } from '../../remedy.ts';
import { kubeletChanges } from '../../kubelet/mend-kubelet.ts';

const authorityFlag = 'kubelet-certificate-authority';

/** First every kubelet asks for a serving certificate of the cluster's CA, then the API server demands one. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context);
  if (at === undefined) return notSeen(finding);
  const client = clientPair(at);
  const authority = at.flag(authorityFlag).value || clusterAuthority(at);
  if (client === undefined || authority === '') {
    const what = client === undefined ? 'a client certificate for kubelets' : 'the CA that signs the certificates of kubelets';
    return {
      kind: 'none',
      why: `${what} was not seen: issue it, then set the flags (kubeadm init phase certs apiserver-kubelet-client)`,
    };
  }
  const server = serverRemedy(
    [...client, ...at.set(authorityFlag, authority)],
    'without a CA the API server takes any certificate for a kubelet’s: whoever is in between reads and writes exec, logs and port-forward',
    [
      'logs, exec, port-forward and metrics fail for each node whose kubelet has no certificate of this CA yet',
      'nothing approves these requests by itself: each renewal needs an approver or a hand',
    ],
  );
  if (at.flag(authorityFlag).value !== '' || hasNoNodes(context)) return server;
  return { kind: 'steps', steps: [kubeletStep(context), server] };
};

/** Nodes were listed and there are none: no kubelet has to change first. */
function hasNoNodes({ cluster, settings }: RemedyContext): boolean {
  const kubelets = cluster.components.some(({ name }) => name === 'kubelet');
  return !kubelets && cluster.objects.ofKind('Node').length === 0 && listingOf(cluster, 'Node', settings.complete).listed;
}

function kubeletStep(context: RemedyContext): Extract<Remedy, { kind: 'changes' }> {
  const changes = mendingsOf(context, 'kubelet').flatMap((kubelet) => {
    const setting = kubeletSetting(kubelet.component, 'serverTLSBootstrap', kubelet.minor);
    if (setting.kind === 'seen' && setting.value === true) return [];
    return kubeletChanges(kubelet, context, [['serverTLSBootstrap', true]]);
  });
  const approve: Change = {
    kind: 'manual',
    title:
      'Have every node serve a certificate of the cluster’s CA: approve the requests of kubelets, after a look at their names',
    commands: [
      'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
      "kubectl get csr NAME -o jsonpath='{.spec.request}' | base64 -d | openssl req -noout -text",
      'kubectl certificate approve NAME',
    ],
    done: '`openssl s_client -connect NODE:10250 </dev/null | openssl x509 -noout -issuer` names the cluster’s CA for every node',
  };
  return {
    kind: 'changes',
    by: 'native',
    stage: 'kubelet',
    changes: [...changes, approve],
    why: 'a kubelet signs its own serving certificate until serverTLSBootstrap makes it ask the cluster for one',
    sideEffects: [
      'the kubelet restarts; until its request is approved it serves no certificate, and logs and exec of its pods fail',
    ],
  };
}

/** The CA that signs kubelets' certificates: kubeadm's signs clients and kubelets with one. */
function clusterAuthority(at: Mending): string {
  const kubeadms = `${kubeadmPki}/ca.crt`;
  return at.flag('client-ca-file').value || (usesKubeadmPki(at) && absentFile(at, [kubeadms]) === undefined ? kubeadms : '');
}

/** The pair is set, or is where kubeadm puts it. */
function clientPair(at: Mending): readonly Change[] | undefined {
  const names = { 'kubelet-client-certificate': 'crt', 'kubelet-client-key': 'key' };
  const missing = Object.entries(names).filter(([flag]) => at.flag(flag).value === '');
  if (missing.length === 0) return [];
  const pathOf = (suffix: string): string => `${kubeadmPki}/apiserver-kubelet-client.${suffix}`;
  if (
    !usesKubeadmPki(at) ||
    absentFile(
      at,
      missing.map(([, suffix]) => pathOf(suffix)),
    ) !== undefined
  )
    return undefined;
  return missing.flatMap(([flag, suffix]) => at.set(flag, pathOf(suffix)));
}
