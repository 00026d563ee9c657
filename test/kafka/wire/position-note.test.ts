import { expect, test } from '@jest/globals';
import { readPositionNote, writePositionNote } from '../../../src/kafka/wire/position-note.ts';

const ID = 'XQn8FDH1Tge5XnqDmLuvig';

test.each([
  ['the id of a topic', { topicId: ID, note: '' }, `topic=${ID}`],
  ['an id and a note', { topicId: ID, note: 'object 1-5 archived' }, `topic=${ID} object 1-5 archived`],
  ['a note of an earlier version', { topicId: undefined, note: 'object 1-5' }, 'object 1-5'],
  ['nothing', { topicId: undefined, note: '' }, ''],
])('%s survives the metadata of a position', (_, position, metadata) => {
  expect(writePositionNote(position)).toBe(metadata);
  expect(readPositionNote(metadata)).toEqual(position);
});

test('a position without metadata has no id and no note', () => {
  expect(readPositionNote(null)).toEqual({ topicId: undefined, note: '' });
});
