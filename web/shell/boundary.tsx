import { Component, type ComponentChildren } from 'preact';
import { address } from './location.ts';

interface BoundaryProps {
  /** The part that may fail, such as "the page" or "the chart of loss". */
  readonly what: string;
  readonly children: ComponentChildren;
}

/**
 * Keeps an error of a part of the page to that part: the others stay, and a message in its place says what to do. The part is drawn
 * again when the address changes.
 */
export const Boundary = ({ what, children }: BoundaryProps) => (
  <Caught what={what} at={address.value}>
    {children}
  </Caught>
);

interface CaughtProps extends BoundaryProps {
  readonly at: unknown;
}

class Caught extends Component<CaughtProps, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static override getDerivedStateFromError(thrown: unknown): { readonly error: Error } {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override componentDidUpdate(before: CaughtProps): void {
    if (before.at !== this.props.at && this.state.error !== null) this.setState({ error: null });
  }

  override render({ what, children }: CaughtProps, { error }: { readonly error: Error | null }) {
    return error === null ? children : <Fault what={what} error={error} />;
  }
}

const Fault = ({ what, error }: { readonly what: string; readonly error: Error }) => (
  <section class="state fault" role="alert">
    <h2>{what.charAt(0).toUpperCase() + what.slice(1)} could not be displayed</h2>
    <p>
      Reload the page. If the error returns, report it with this address and the message below. Your data is not
      affected.
    </p>
    <pre>
      {error.name}: {error.message}
      {'\n'}
      {location.href}
    </pre>
    <button type="button" onClick={() => location.reload()}>
      Reload
    </button>
  </section>
);
