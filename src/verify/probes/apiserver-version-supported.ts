import { isObject, stringAt } from '../../cluster/json.ts';
import type { Probe } from '../probe.ts';
import { contradicted, notPossible, proved } from '../probe.ts';

/** The server's own word for its version is the one that was judged. */
export const probe: Probe = {
  control: 'apiserver-version-supported',
  needs: ['api'],
  run: async (world, result) => {
    const { status, body } = await world.caller.self.get('/version');
    const running = isObject(body) ? stringAt(body['gitVersion']) : undefined;
    if (status !== 200 || running === undefined) return notPossible(`/version: ${status}`);
    const judged = world.cluster.gitVersion?.text;
    const evidence = [{ source: '/version', path: 'gitVersion', seen: running, wanted: judged ?? 'a supported version' }];
    if (judged !== running)
      return notPossible(`the server runs ${running}, not ${judged ?? 'a known version'} that was judged: scan again`);
    const failing = result.findings.find(({ verdict, subject }) => verdict === 'fail' && subject.kind === 'API server');
    if (failing !== undefined)
      return contradicted([{ subject: failing.subject, message: `the server runs ${running}: ${failing.message}`, evidence }]);
    return proved(`the server runs ${running}`, evidence);
  },
};
