/** The statuses of a run in MLflow. It ignores any other text and answers 200. */
export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;

export type RunStatus = (typeof RUN_STATUSES)[number];
