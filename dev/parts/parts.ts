import { kafka } from './kafka.ts';
import { mlflow } from './mlflow.ts';
import type { Part, PartName } from './part.ts';
import { postgres } from './postgres.ts';
import { registry } from './registry.ts';
import { s3 } from './s3.ts';

/** Every part. */
export const PARTS: Readonly<Record<PartName, Part>> = { postgres, kafka, registry, s3, mlflow };
