import { theme } from "antd";
import { useRef } from "react";
import { highlighted, type Kind } from "./highlight";

/** A text field with the code's colours behind its own letters. */
export function CodeEditor({
  id,
  label,
  value,
  onChange,
  onRun,
}: {
  id: string;
  label: string;
  value: string;
  onChange: (code: string) => void;
  onRun: () => void;
}) {
  const { token } = theme.useToken();
  const colors = useRef<HTMLPreElement>(null);
  const kinds: Record<Kind, string> = {
    keyword: token.colorInfo,
    text: token.colorSuccess,
    number: token.colorPrimary,
    comment: token.colorTextTertiary,
    name: token.colorText,
    rest: token.colorText,
  };
  const shape = {
    margin: 0,
    padding: 12,
    border: 0,
    width: "100%",
    height: "100%",
    boxSizing: "border-box",
    font: `13px/1.55 ${token.fontFamilyCode}`,
    whiteSpace: "pre",
    overflow: "auto",
    tabSize: 4,
  } as const;
  return (
    <div
      style={{
        position: "relative",
        height: 240,
        border: `1px solid ${token.colorBorder}`,
        borderRadius: token.borderRadius,
        background: token.colorBgContainer,
        overflow: "hidden",
        resize: "vertical",
      }}
    >
      <pre ref={colors} aria-hidden style={{ ...shape, position: "absolute", inset: 0, overflow: "hidden" }}>
        {highlighted(value).map(({ kind, text }, at) => (
          <span key={at} style={{ color: kinds[kind] }}>
            {text}
          </span>
        ))}
        {"\n"}
      </pre>
      <textarea
        id={id}
        aria-label={label}
        spellCheck={false}
        autoCapitalize="off"
        value={value}
        onChange={({ target }) => onChange(target.value)}
        onScroll={({ currentTarget }) => {
          if (!colors.current) return;
          colors.current.scrollTop = currentTarget.scrollTop;
          colors.current.scrollLeft = currentTarget.scrollLeft;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            onRun();
          }
        }}
        style={{
          ...shape,
          position: "absolute",
          inset: 0,
          resize: "none",
          background: "transparent",
          color: "transparent",
          caretColor: token.colorText,
        }}
      />
    </div>
  );
}
