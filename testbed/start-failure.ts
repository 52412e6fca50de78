export { failureMessage, StartFailure } from '../src/sandbox/server/start-failure.ts';
