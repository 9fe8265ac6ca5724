import { useFormat } from "../i18n";

const DAY = 86_400;

/** Local time; its date too if it is not of today, and the zone on hover. `at`: Unix seconds, or ISO 8601. */
export function TimeText({ at }: { at: number | string }) {
  const format = useFormat();
  const seconds = typeof at === "number" ? at : Date.parse(at) / 1000;
  if (Number.isNaN(seconds)) return <>{at}</>;
  const isRecent = Math.abs(Date.now() / 1000 - seconds) < DAY / 2;
  return (
    // Not a component: lists draw hundreds of times a second.
    <time dateTime={new Date(seconds * 1000).toISOString()} title={format.zoned(seconds)}>
      {isRecent ? format.clock(seconds) : format.moment(seconds)}
    </time>
  );
}
