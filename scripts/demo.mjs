// The first command of the README: scans the bundled example, shows the summary, writes the HTML report and ends with its path.
import { spawnSync } from 'node:child_process';

const file = 'bulwark-report.html';
const words = ['dist/bulwark.js', 'scan', 'examples/minikube', '-o', 'text', '-o', `html=${file}`, '--fail-on', 'none'];
const { status } = spawnSync(process.execPath, words, { stdio: ['ignore', 'inherit', 'ignore'] });
if (status !== 0) process.exit(status ?? 1);
console.log(`\nThe whole report, for a browser:\n${new URL(`../${file}`, import.meta.url).pathname}`);
