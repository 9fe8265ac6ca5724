import { theme } from "antd";

/** How far something is, 0 to 1. */
export function ProgressBar({ fraction, label, width = "100%" }: { fraction: number; label: string; width?: number | string }) {
  const { token } = theme.useToken();
  const percent = Math.round(Math.min(Math.max(fraction, 0), 1) * 100);
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      style={{ display: "inline-flex", alignItems: "center", gap: 8, width, verticalAlign: "middle" }}
    >
      <span style={{ flex: 1, height: 6, borderRadius: 3, background: token.colorFillSecondary, overflow: "hidden" }}>
        <span style={{ display: "block", height: "100%", width: `${percent}%`, background: token.colorPrimary }} />
      </span>
      {percent} %
    </span>
  );
}
