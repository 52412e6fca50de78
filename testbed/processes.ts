export { freePorts, runProgram, startServer, Watchdog } from '../src/sandbox/server/processes.ts';
export type { ProgramResult, ServerProcess } from '../src/sandbox/server/processes.ts';
