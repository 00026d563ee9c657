/** The record that Bento writes for each metric event. */
export const BENTO_SCHEMA = {
  type: 'record',
  name: 'bento',
  fields: [
    { name: 'event_id', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'ts', type: 'long' },
    { name: 'trial_id', type: 'string' },
    { name: 'step', type: 'long' },
    { name: 'm', type: { type: 'map', values: 'double' } },
  ],
};
