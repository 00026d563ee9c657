import type { ConsumerState } from '../../src/kafka/admin/pipeline-state.ts';
import { formatInteger } from '../format/number.ts';
import { Scroller } from '../shell/scroller.tsx';

/** Records that a consumer has not committed, over all of its topics. */
export const totalLag = (consumers: readonly ConsumerState[], name: string): number =>
  consumers.filter(({ consumer }) => consumer === name).reduce((sum, { lag }) => sum + lag, 0);

/** How far each consumer is in each topic. */
export function ConsumerTable({ consumers }: { readonly consumers: readonly ConsumerState[] }) {
  return (
    <details>
      <summary>Consumers</summary>
      <Scroller label="consumers">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Consumer</th>
              <th scope="col">Topic</th>
              <th scope="col" class="number">
                Records behind
              </th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {consumers.map(({ consumer, topic, lag, is_running }) => (
              <tr key={`${consumer} ${topic}`}>
                <th scope="row">{consumer}</th>
                <td class="id">{topic}</td>
                <td class="number">{formatInteger(lag)}</td>
                <td>{is_running ? 'running' : 'not running'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </details>
  );
}
