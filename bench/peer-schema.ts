/** What the peer writes for each metric event. */
export const PEER_SCHEMA = {
  type: 'record',
  name: 'peer',
  fields: [
    { name: 'event_id', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'ts', type: 'long' },
    { name: 'trial_id', type: 'string' },
    { name: 'step', type: 'long' },
    { name: 'm', type: { type: 'map', values: 'double' } },
  ],
};
