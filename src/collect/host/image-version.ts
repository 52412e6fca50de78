/**
 * The Kubernetes version in an image reference's tag: `registry.k8s.io/kube-apiserver:v1.31.4`, with `@sha256:…` behind it,
 * k3s' and RKE2's form with `-` for `+` (`rancher/hardened-kubernetes:v1.31.4-rke2r1-build20241212`), an architecture before the
 * colon (`kube-apiserver-amd64:v1.31.4`). `undefined` for a digest alone, `latest`, or a tag that is no version.
 */
export function versionInImage(image: string): string | undefined {
  const at = image.indexOf('@');
  const reference = at < 0 ? image : image.slice(0, at);
  const colon = reference.lastIndexOf(':');
  if (colon < 0 || reference.indexOf('/', colon) >= 0) return undefined;
  const tag = reference.slice(colon + 1);
  const match = /^v?(\d{1,3}\.\d{1,3}\.\d{1,5})(?:[-_](k3s\d+|rke2r\d+))?([-_.].*)?$/.exec(tag);
  if (match === null) return undefined;
  const [, numbers = '', distribution, suffix = ''] = match;
  return `v${numbers}${distribution === undefined ? suffix.replace(/^_/, '-') : `+${distribution}`}`;
}
