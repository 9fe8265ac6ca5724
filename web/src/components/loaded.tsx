// Components that have a file of their own, asked for when they are first drawn. React keeps a file that could not be
// loaded for lost: `forgetLost` makes it ask again.
import { type ComponentType, type FunctionComponent, lazy } from "react";

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

const lost = new Set<() => void>();

export function loaded<P extends object>(load: Load<P>): FunctionComponent<P> {
  let Part = lazily();
  function lazily() {
    return lazy(() =>
      load().catch((error: unknown) => {
        // Not yet: React draws once more to throw this, and would ask for the file without end.
        lost.add(() => {
          Part = lazily();
        });
        throw error;
      }),
    );
  }
  return function Loaded(properties: P) {
    return <Part {...properties} />;
  };
}

/** What could not be loaded is asked for again when it is next drawn; whether there was anything. */
export function forgetLost(): boolean {
  const any = lost.size > 0;
  for (const forget of lost) forget();
  lost.clear();
  return any;
}
