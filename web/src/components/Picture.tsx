import { Image } from "antd";
import { useText } from "../i18n";
import { componentText } from "./text";

/** A picture as commands return it: base64 with its type. Opens large. */
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
  return (
    <Image
      src={`data:${type};base64,${data}`}
      alt={alt ?? words.picture}
      {...(width === undefined ? {} : { width })}
      style={{ maxWidth: "100%" }}
    />
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
