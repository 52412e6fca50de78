import gates from './gates.data.json' with { type: 'json' };

type GateStage = 'PreAlpha' | 'Alpha' | 'Beta' | 'GA' | 'Deprecated';

/** A feature gate in one version. */
export interface GateSpec {
  readonly stage: GateStage;
  readonly value: boolean;
  /** It cannot be set to anything but its default. */
  readonly locked: boolean;
}

type Row = readonly [GateStage, boolean, boolean, number, number];

const table = gates as unknown as Readonly<Record<string, readonly Row[] | undefined>>;

/** Looks up a feature gate of Kubernetes in one minor of the tables (28–37); `undefined`: there is no such gate. */
export function gateSpec(gate: string, minor: number): GateSpec | undefined {
  const rows = Object.hasOwn(table, gate) ? table[gate] : undefined;
  const row = rows?.find(([, , , from, to]) => from <= minor && minor <= to);
  return row === undefined ? undefined : { stage: row[0], value: row[1], locked: row[2] };
}
