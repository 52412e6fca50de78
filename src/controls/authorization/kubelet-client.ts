import { X509Certificate } from 'node:crypto';
import type { Cluster } from '../../cluster/cluster.ts';
import { componentsOf } from '../../cluster/components.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import { readFlags } from '../../cluster/flags.ts';

/**
 * The users as whom the API servers call kubelets: the common names of the certificates of --kubelet-client-certificate.
 * `seen`: every API server that is known showed its certificate, or names none.
 */
export function kubeletClientNames(cluster: Cluster): { readonly names: readonly string[]; readonly seen: boolean } {
  const names: string[] = [];
  let seen = true;
  for (const { component } of componentsOf(cluster, 'kube-apiserver')) {
    const file =
      component === undefined
        ? undefined
        : flagFile(component, readFlags(component, undefined).get('kubelet-client-certificate'));
    if (file?.kind === 'unset') continue;
    const name = file?.kind === 'seen' && file.text !== undefined ? commonName(file.text) : undefined;
    if (name === undefined) seen = false;
    else names.push(name);
  }
  return { names, seen };
}

function commonName(pem: string): string | undefined {
  try {
    return /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1];
  } catch {
    // Not a certificate: whose it is stays unknown.
    return undefined;
  }
}
