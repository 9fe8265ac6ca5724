// A page that throws while it is drawn takes only itself down: the menu and the other pages stay.
import { Component, type ReactNode } from "react";
import { ErrorView } from "../components";

/** `at`: where the reader is; the error is forgotten when it changes. */
export class Guard extends Component<{ at: string; children: ReactNode }, { error: unknown; at: string }> {
  override state = { error: undefined, at: this.props.at };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ at }: { at: string }, state: { at: string }) {
    return at === state.at ? null : { at, error: undefined };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    // A page's file is gone if another Tenon has been installed since this page was loaded: only loading it all helps.
    return (
      <div style={{ padding: 16 }}>
        <ErrorView error={this.state.error} retry={() => location.reload()} />
      </div>
    );
  }
}
