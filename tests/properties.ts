import fc from 'fast-check';

// The same cases in every run, so that a change is judged by itself; BULWARK_SEED=N (or `random`) looks at others.
const asked = process.env['BULWARK_SEED'];
if (asked !== 'random') fc.configureGlobal({ seed: asked === undefined ? 20_261_126 : Number(asked) });
