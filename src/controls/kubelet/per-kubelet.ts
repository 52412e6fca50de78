import type { KubeletField } from '../../cluster/kubelet-configuration.ts';
import { kubeletSetting } from '../../cluster/kubelet-configuration.ts';
import type { Context, Draft, Parameters } from '../control.ts';
import type { ComponentDraft, ComponentView } from '../per-component.ts';
import { perComponent } from '../per-component.ts';

export interface Asked {
  /** Field of the KubeletConfiguration. */
  readonly setting: KubeletField;
  /** The command-line flag of the same setting, without dashes. */
  readonly flag: string;
  readonly wanted: string;
}

/**
 * Judges an effective kubelet setting on every node: `/configz`, else command line, drop-ins, file, defaults.
 * A node whose kubelet was not seen, or whose file was not collected, is `unknown`. Source: essential.md 10.
 */
export function perKubelet<P extends Parameters>(
  context: Context<P>,
  asked: Asked,
  judge: (value: boolean | number | string, view: ComponentView) => Omit<ComponentDraft, 'evidence'>,
): Iterable<Draft> {
  return perComponent(context, { component: 'kubelet', flags: [asked.flag], optional: [asked.flag] }, (view) => {
    const setting = kubeletSetting(view.component, asked.setting, view.minor);
    if (setting.kind === 'unseen') return { verdict: 'unknown', message: setting.why, evidence: [] };
    if (setting.kind === 'refused')
      return {
        verdict: 'fail',
        message: `the kubelet does not start: ${setting.message}`,
        evidence: [{ ...setting.place, seen: setting.message, wanted: asked.wanted }],
      };
    view.fact(asked.setting, JSON.stringify(setting.value));
    const from = setting.from === 'default' ? ' (default)' : '';
    return {
      ...judge(setting.value, view),
      evidence: [{ ...setting.place, seen: `${asked.setting}: ${JSON.stringify(setting.value)}${from}`, wanted: asked.wanted }],
    };
  });
}
