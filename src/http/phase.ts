/** Where a server is in its life; both are false until it is told to stop. */
export interface Phase {
  /** Requests are served, but `/health/ready` sends new ones elsewhere and connections are not kept. */
  leaving: boolean;
  /** Requests that begin now are refused with 503; those in flight are answered. */
  stopping: boolean;
}
