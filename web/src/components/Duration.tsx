import { useFormat } from "../i18n";

/** Seconds in the unit that suits them. */
export function Duration({ seconds }: { seconds: number | null | undefined }) {
  const format = useFormat();
  return <>{seconds === null || seconds === undefined ? "–" : format.duration(seconds)}</>;
}
