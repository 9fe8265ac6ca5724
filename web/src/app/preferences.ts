// What this browser remembers of its user: theme, language, that it signed in. Nothing secret.
import { useCallback, useState } from "react";

export function usePreference<T extends string>(
  name: string,
  allowed: readonly T[],
  otherwise: T,
): [T, (value: T) => void] {
  const key = `tenon.${name}`;
  const [value, setValue] = useState<T>(() => {
    const kept = localStorage.getItem(key) as T | null;
    return kept && allowed.includes(kept) ? kept : otherwise;
  });
  const choose = useCallback(
    (chosen: T) => {
      localStorage.setItem(key, chosen);
      setValue(chosen);
    },
    [key],
  );
  return [value, choose];
}
