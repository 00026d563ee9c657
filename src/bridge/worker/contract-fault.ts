import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';

/** The documents that cross the boundary to Python; each has a schema of its name in `schemas/contracts/`. */
export type ContractName = 'RunStartedV1' | 'TrialStartedV1' | 'TrialReportedV1' | 'RunFinalizedV1' | 'ResultV1';

export const CONTRACT_FOLDER = `${import.meta.dirname}/../../../schemas/contracts`;

let compiled: Ajv2020 | undefined;

/** Compiles the schemas on first use, which takes some 50 ms. */
function schemas(): Ajv2020 {
  if (compiled !== undefined) return compiled;
  // Strict mode finds misspelt keywords; its rules about types forbid ordinary alternatives. Only the first fault is
  // looked for, because a result of 1 MiB can have a hundred thousand of them.
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  for (const file of readdirSync(CONTRACT_FOLDER)) {
    ajv.addSchema(JSON.parse(readFileSync(`${CONTRACT_FOLDER}/${file}`, 'utf8')));
  }
  compiled = ajv;
  return ajv;
}

/** The first fault of a document, for its author: `trials.0.status must be equal to ...`. Undefined if it has none. */
export function contractFault(name: ContractName, document: unknown): string | undefined {
  const validate = schemas().getSchema(`urn:thunderline:contract:${name}`) as ValidateFunction;
  if (validate(document)) return undefined;
  // A failed alternative is reported with the fault of each of its branches before its own.
  const [fault] = validate.errors ?? [];
  return fault === undefined ? `does not fit ${name}` : described(fault);
}

function described({ instancePath, message = 'is not valid', params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const allowed: unknown = params.allowedValues ?? params.allowedValue;
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `${path} ${message}${values}`.trim();
}
