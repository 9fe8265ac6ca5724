import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useText } from "../i18n";
import { componentText } from "./text";

/** Puts a text into the clipboard and says so. `label`: words beside the icon. */
export function CopyButton({ text, label }: { text: string | (() => string); label?: string }) {
  const words = useText(componentText);
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    await copyText(typeof text === "string" ? text : text());
    setDone(true);
  };
  return (
    <Button
      size="small"
      type="text"
      icon={done ? <CheckOutlined /> : <CopyOutlined />}
      aria-label={label ?? words.copy}
      title={done ? words.copied : words.copy}
      onClick={() => void copy()}
    >
      {label}
    </Button>
  );
}

/** The Clipboard API where the page may use it (https and this machine), else a selection that is copied. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
