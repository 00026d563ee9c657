import { routerStage as stage } from '../processors/router-stage.ts';
import type { Role } from './role.ts';

export const router = {
  kind: 'stage',
  name: 'router',
  summary: 'enriches events and separates lifecycle events from metric points',
  reads: [stage.from],
  writes: stage.to,
  needs: ['kafka', 'registry'],
  stage,
} as const satisfies Role;
