import type { Remedy } from '../../../cluster/change.ts';
import { kubeletSetting } from '../../../cluster/kubelet-configuration.ts';
import { mendingOf, notSeen } from '../../mending.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { kubeletRemedy } from '../kubelet-remedy.ts';
import type { Wanted } from '../mend-kubelet.ts';

const why = 'a kubelet that lets every authenticated request through gives exec into its containers to every pod’s token';

/** The API server decides, and the kubelet can ask it who a token belongs to. */
export const remedy: RemedyFunction = (finding, context): Remedy => {
  const at = mendingOf(finding, context, 'kubelet');
  if (at === undefined) return notSeen(finding);
  const webhook = kubeletSetting(at.component, 'authentication.webhook.enabled', at.minor);
  const authority = kubeletSetting(at.component, 'authentication.x509.clientCAFile', at.minor);
  const hasAuthority = authority.kind !== 'seen' || authority.value !== '';
  const kubeadmAuthority = '/etc/kubernetes/pki/ca.crt';
  const isKubeadm = at.flag('kubeconfig').value === '/etc/kubernetes/kubelet.conf';
  const wanted: Wanted = [
    ['authorization.mode', 'Webhook'],
    ...(webhook.kind === 'seen' && webhook.value === true ? [] : ([['authentication.webhook.enabled', true]] as const)),
    ...(hasAuthority || !isKubeadm ? [] : ([['authentication.x509.clientCAFile', kubeadmAuthority]] as const)),
  ];
  return kubeletRemedy(finding, context, wanted, why, [
    'the API server’s own kubelet client must be allowed first (`system:kubelet-api-admin`, or an administrators’ group), else logs and exec fail',
    'scrapers without rights on nodes/metrics get 403',
    ...(hasAuthority || isKubeadm
      ? []
      : ['authentication.x509.clientCAFile is not set: the API server’s client certificate is taken only with it']),
  ]);
};
