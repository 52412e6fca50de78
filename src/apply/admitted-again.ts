import { ApiRefusal } from './object-api.ts';

const pauseMs = 500;

/**
 * Does a task that the server may refuse (403) for something that this run took back a moment ago: API servers read policies, roles and
 * namespaces' labels from caches that lag behind. It is asked again until `patienceMs` are over; then, or refused otherwise, it throws
 * what the task threw.
 */
export async function admittedAgain(task: () => Promise<void>, patienceMs = 15_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 403 || Date.now() + pauseMs > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
