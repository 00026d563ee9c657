/** Runs tasks in order, at most `limit` at once. After a failure it starts no other task, and rejects once those in progress end. */
export async function inParallel(limit: number, tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = tasks.values();
  const errors: unknown[] = [];
  async function worker(): Promise<void> {
    for (const task of left) {
      if (errors.length > 0) return;
      try {
        await task();
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker));
  if (errors.length > 0) throw errors[0];
}
