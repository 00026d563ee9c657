import { MERGE_UPSERTS } from '../src/store/tables/runs-and-trials.ts';

/** `merge-law.md`: the generated statements that merge runs and trials, as Postgres is sent them. */
export function mergeLaw(): string {
  const statements = Object.entries(MERGE_UPSERTS).map(
    ([table, { sql }]) => `## \`${table}\`\n\n\`\`\`sql\n${sql};\n\`\`\``,
  );
  return `
# The merge law in SQL

The statements that the sink \`postgres\` sends for [runs and trials](postgres.md#the-merge-law), once for each batch. Each
parameter is an array with one element for each row. \`src/store/tables/merge-upsert.ts\` generates them from the groups of
columns in \`src/events/merge.ts\`.

${statements.join('\n\n')}
`;
}
