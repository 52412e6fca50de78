import { minorOf } from '../../object-remedy.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { withoutNodesProxy } from '../rbac-narrowing-remedy.ts';
import { narrowHolder } from '../rbac-remedy.ts';

/** Puts nodes/metrics, nodes/stats and nodes/log (from 1.33 also nodes/pods, nodes/healthz, nodes/configz) in the place of nodes/proxy. */
export const remedy: RemedyFunction = (finding, context) => {
  const minor = minorOf(context);
  const narrow = withoutNodesProxy(minor);
  return narrowHolder(
    finding,
    context,
    { control: 'authz-nodes-proxy', scope: 'cluster', narrow },
    {
      why: 'nodes/proxy runs commands in every pod of every node; what is read of a kubelet has rights of its own',
      sideEffects: [
        minor !== undefined && minor >= 33
          ? 'Clients that call other paths of the kubelet (exec, run, checkpoint) through it are refused.'
          : 'Below 1.33 reading /pods and /configz of a kubelet still needs nodes/proxy: scrapers of these two break.',
      ],
    },
  );
};
