import type { HostDirectory, Kubeconfig } from '../../cluster/cluster.ts';
import type { Component } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';

/** What one host shows. Secrets are gone from every text. */
export interface HostEvidence {
  readonly host: string;
  readonly components: readonly Component[];
  readonly directories: readonly HostDirectory[];
  readonly kubeconfigs: readonly Kubeconfig[];
  readonly configurations: readonly Document[];
  readonly gaps: readonly Gap[];
  /** Files and bytes that were read. */
  readonly counts: { readonly files: number; readonly bytes: number };
}
