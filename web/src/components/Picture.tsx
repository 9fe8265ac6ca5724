import { Modal } from "antd";
import { useState } from "react";
import { useText } from "../i18n";
import { componentText } from "./text";

/** A picture as commands return it: base64 with its type. A click or Enter opens it in its own size. */
export function Picture({
  data,
  type = "image/png",
  alt,
  width,
}: {
  data: string;
  type?: string;
  alt?: string;
  width?: number;
}) {
  const words = useText(componentText);
  const [isOpen, setOpen] = useState(false);
  const source = `data:${type};base64,${data}`;
  const text = alt ?? words.picture;
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        style={{ all: "unset", cursor: "zoom-in", maxWidth: "100%", display: "inline-block" }}
        className="picture"
      >
        <img src={source} alt={text} width={width} style={{ maxWidth: "100%", display: "block" }} />
      </button>
      {isOpen && (
        <Modal open title={text} footer={null} width="min(96vw, 1400px)" onCancel={() => setOpen(false)}>
          <img src={source} alt={text} style={{ maxWidth: "100%" }} />
        </Modal>
      )}
    </>
  );
}

/** The pictures in a result: `images` of `{mime_type, data}`, or a `preview`. */
export function picturesIn(result: unknown): { data: string; type: string; name: string }[] {
  if (typeof result !== "object" || result === null) return [];
  const { images, preview } = result as { images?: unknown; preview?: unknown };
  const found: { data: string; type: string; name: string }[] = [];
  for (const each of Array.isArray(images) ? (images as Record<string, unknown>[]) : []) {
    if (typeof each?.["data"] !== "string") continue;
    found.push({ data: each["data"], type: String(each["mime_type"] ?? "image/png"), name: String(each["name"] ?? "") });
  }
  if (typeof preview === "string") found.push({ data: preview, type: "image/png", name: "" });
  return found;
}
