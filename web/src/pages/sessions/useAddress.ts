import { useSearchParams } from "react-router";

/** The address' query and how to change some of it; an empty value takes a name out. */
export function useAddress(): [URLSearchParams, (changes: Readonly<Record<string, string>>, replace?: boolean) => void] {
  const [address, setAddress] = useSearchParams();
  const change = (changes: Readonly<Record<string, string>>, replace = false) =>
    setAddress(
      (now) => {
        const changed = new URLSearchParams(now);
        for (const [name, value] of Object.entries(changes)) {
          if (value) changed.set(name, value);
          else changed.delete(name);
        }
        return changed;
      },
      { replace },
    );
  return [address, change];
}
