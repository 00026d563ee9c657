/** The type of every artifact that Thunderline stores or finds. */
export const ARTIFACT_TYPE = 'model_checkpoint';
