// A page that throws while it is drawn takes only itself down: the menu and the other pages stay.
import { Component, type ReactNode } from "react";
import { ErrorView } from "../components";
import { forgetLost } from "../components/loaded";

/** Whether Tenon serves another page by now, whose files have other names. */
export async function isReplaced(): Promise<boolean> {
  const own = document.querySelector("script[type=module][src]")?.getAttribute("src");
  if (!own) return false;
  try {
    const answer = await fetch(import.meta.env.BASE_URL, { cache: "no-store" });
    return answer.ok && !(await answer.text()).includes(own);
  } catch {
    return false;
  }
}

/** `at`: where the reader is; the error is forgotten when it changes. */
export class Guard extends Component<{ at: string; children: ReactNode }, { error: unknown; at: string }> {
  override state = { error: undefined, at: this.props.at };

  private isLost = false;

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ at }: { at: string }, state: { at: string }) {
    return at === state.at ? null : { at, error: undefined };
  }

  override componentDidCatch() {
    this.isLost = forgetLost();
  }

  /** A file that was lost on its way is asked for again. Where it is gone, only loading it all helps. */
  private readonly retry = async () => {
    if (this.isLost && !(await isReplaced())) this.setState({ error: undefined });
    else location.reload();
  };

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div style={{ padding: 16 }}>
        <ErrorView error={this.state.error} retry={() => void this.retry()} />
      </div>
    );
  }
}
