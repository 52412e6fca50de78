export { sendRequest } from '../src/sandbox/server/request.ts';
export type { ApiResponse, Identity } from '../src/sandbox/server/request.ts';
