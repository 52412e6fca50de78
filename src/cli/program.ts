import { basename } from 'node:path';
import type { Option } from 'commander';
import { Command, CommanderError } from 'commander';
import { registerApply } from './apply.ts';
import { registerAudit } from './audit.ts';
import { registerCollect } from './collect.ts';
import { registerCompletion } from './completion.ts';
import { registerControls } from './controls.ts';
import { UsageError, exitCodes } from './errors.ts';
import { registerEncryption } from './encryption.ts';
import { registerEval } from './eval.ts';
import { registerExplain } from './explain.ts';
import { registerPlan } from './plan.ts';
import { registerRbac } from './rbac.ts';
import { registerRehearse } from './rehearse.ts';
import { registerSandbox } from './sandbox.ts';
import { registerRollback } from './rollback.ts';
import { registerScan } from './scan.ts';
import { registerVerify } from './verify.ts';
import { toolVersion } from './version.ts';

/** Builds the program: one command a file, each imports what it does when it is called. */
export function buildProgram(): Command {
  const program = new Command()
    .name(programName())
    .description('Hardens Kubernetes clusters with what Kubernetes itself ships.')
    .version(toolVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--debug', 'print a stack trace with an error', false)
    .addHelpText('after', '\nExample:\n  bulwark scan examples/minikube\n')
    .configureHelp({
      helpWidth: 80,
      showGlobalOptions: false,
      optionDescription: describeOption,
      commandDescription: (command) => unbroken(command.description()),
    })
    .showHelpAfterError('(--help shows what is expected)')
    .configureOutput({ outputError: (text, write) => write(withoutValue(text)) })
    .exitOverride();
  registerScan(program);
  registerCollect(program);
  registerExplain(program);
  registerPlan(program);
  registerRehearse(program);
  registerApply(program);
  registerRollback(program);
  registerSandbox(program);
  registerVerify(program);
  registerAudit(program);
  registerEncryption(program);
  registerRbac(program);
  registerControls(program);
  registerEval(program);
  registerCompletion(program);
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    command.helpOption('-h, --help', 'print this help');
  }
  return program;
}

/** An option's text: its choices stand in it already, and that a switch is off by default goes without saying. */
function describeOption(option: Option): string {
  const fallback: unknown = option.defaultValue;
  const silent = fallback === undefined || fallback === false || (Array.isArray(fallback) && fallback.length === 0);
  const facts = [
    ...(option.argChoices === undefined ? [] : [option.argChoices.join(', ')]),
    ...(silent ? [] : [`default: ${JSON.stringify(fallback).replaceAll('"', '')}`]),
  ];
  return facts.length === 0 ? option.description : `${option.description} (${facts.join('; ')})`;
}

/** A description without its own line breaks, so that lines are filled to the width; empty lines stay. */
function unbroken(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, ' ');
}

/** What somebody gave to an option that does not exist may be a token: the complaint names the option alone. */
function withoutValue(complaint: string): string {
  return complaint.replace(/(unknown option '-{1,2}[\w-]+)=[^\n]*'/, "$1'");
}

/** `kubectl bulwark` starts the program under another name. */
function programName(): string {
  return basename(process.argv[1] ?? '').startsWith('kubectl-') ? 'kubectl bulwark' : 'bulwark';
}

/**
 * Runs the program with these arguments.
 *
 * Returns the exit code: 0 all holds, 1 findings or the answer is no, 2 a usage error or nothing could be read. Errors become
 * one message on stderr; a stack trace only with --debug.
 */
export async function run(words: readonly string[]): Promise<number> {
  const program = buildProgram();
  process.stdout.on('error', quietPipe);
  try {
    if (words.length === 0) {
      program.outputHelp();
      return exitCodes.holds;
    }
    await program.parseAsync(words, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.holds;
  } catch (error) {
    return report(error, words.includes('--debug'));
  }
}

/** A reader that has seen enough (`| head`) is no fault; a full disk is: what was asked for is not there. */
function quietPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  process.stderr.write(
    `error: standard output cannot be written: ${error.code ?? error.message}\nhint: give a file: -o json=report.json\n`,
  );
  process.exit(exitCodes.usage);
}

function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.holds : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${message}\n`);
  if (error instanceof UsageError && error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  else if (!(error instanceof UsageError)) process.stderr.write('hint: --debug prints a stack trace\n');
  return exitCodes.usage;
}
