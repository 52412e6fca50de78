import { defineControl } from '../../control.ts';
import type { ComponentDraft, ComponentView } from '../../per-component.ts';
import { perComponent, startFailure } from '../../per-component.ts';

/** Flags of the port without TLS: without effect from 1.20, unknown from 1.24, where they stop the start. */
const insecureFlags = ['insecure-port', 'insecure-bind-address', 'port', 'address'];
const effectiveUntil = 19;
const knownUntil = 23;

const note =
  'whether something else serves the API without TLS on the host was not asked: `ss -ltnp` shows a kubectl proxy or a listener on 8080';

function judge(view: ComponentView): ComponentDraft {
  const isOld = view.minor !== undefined && view.minor <= knownUntil;
  const insecure = isOld ? oldServer(view) : removedFlags(view);
  if (insecure !== undefined) return insecure;
  const port = view.flag('secure-port');
  const number = Number(port.value);
  const evidence = [view.flagEvidence('secure-port', '1 to 65535')];
  if (port.known && !(Number.isInteger(number) && number >= 1 && number <= 65_535))
    return startFailure('kube-apiserver', {
      message: `--secure-port ${port.value} must be between 1 and 65535, inclusive. It cannot be turned off with 0`,
      place: view.place('secure-port'),
    });
  return { verdict: 'pass', message: `the API is served over TLS alone, on port ${port.value}`, evidence, notes: [note] };
}

/** From 1.24 on, and where the version is not known, no such flag may be there. */
function removedFlags(view: ComponentView): ComponentDraft | undefined {
  const flag = insecureFlags.find((name) => view.flags.get(name).given || view.flags.errors.some((error) => error.flag === name));
  if (flag === undefined) return undefined;
  const error = view.flags.errors.find((candidate) => candidate.flag === flag);
  return startFailure('kube-apiserver', error ?? { message: `unknown flag: --${flag}`, place: view.place(flag) });
}

/** Up to 1.19 the port is open unless it is 0; from 1.20 to 1.23 the server takes no other value. */
function oldServer(view: ComponentView): ComponentDraft | undefined {
  const given = view.component.commandLine.arguments.find(({ text }) => /^--?(?:insecure[-_]port|port)=/.test(text));
  const value = given === undefined ? '' : given.text.slice(given.text.indexOf('=') + 1);
  const open = value === '' ? (view.minor ?? 0) <= effectiveUntil : value !== '0';
  if (!open) return undefined;
  const port = value === '' ? '8080' : value;
  const seen = given === undefined ? '--insecure-port is not set (default 8080)' : given.text;
  return {
    verdict: 'fail',
    message: `port ${port} serves the API without TLS, authentication and authorization`,
    evidence: [{ ...(given?.place ?? view.place('secure-port')), seen, wanted: '--insecure-port=0' }],
  };
}

export const control = defineControl({
  id: 'apiserver-insecure-port-absent',
  needs: [{ kind: 'flags', component: 'kube-apiserver' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: (context) => perComponent(context, { component: 'kube-apiserver', flags: ['secure-port'] }, judge),
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Remove `--insecure-port`, `--insecure-bind-address`, `--port` and `--address`; a `--secure-port` outside 1 to 65535 goes back to the default, 6443. Stop stray proxies on the host.',
  },
  tradeOffs: ['Clients that still use the port without TLS stop; on supported versions there can be none.'],
});
