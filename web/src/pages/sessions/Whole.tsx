import { useQuery } from "@tanstack/react-query";
import { Spin, Typography } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { get, TenonError } from "../../api/client";
import { ErrorView, JsonView, Picture, picturesIn } from "../../components";
import { useText } from "../../i18n";
import { sessionsText } from "./text";

/** The result that a history leaves out, from the task, which Tenon keeps for a while: its pictures, or all of it. */
export function Whole({ task, command }: { task: string; command: string }) {
  const words = useText(sessionsText);
  const { data, error } = useQuery({
    queryKey: ["task", task],
    queryFn: () => get("/mcp/task/{task_id}", {}, { task_id: task }),
    staleTime: Infinity,
    retry: false,
  });
  if (error instanceof TenonError && error.code === "task_not_found") {
    return <Typography.Text type="secondary">{words.gone}</Typography.Text>;
  }
  if (error) return <ErrorView error={error} />;
  if (!data) return <Spin size="small" />;
  const told = (data as { result?: { result?: unknown } }).result;
  const pictures = [...picturesIn(told?.result), ...picturesIn(told)];
  if (pictures.length === 0) return <JsonView value={told?.result ?? null} maxHeight={280} />;
  return <Pictures pictures={pictures} command={command} />;
}

export function Pictures({
  pictures,
  command,
}: {
  pictures: readonly { data: string; type: string; name: string }[];
  command: string;
}) {
  const words = useText(sessionsText);
  return (
    <div style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
      {pictures.map(({ data, type, name }, at) => (
        <Picture key={at} data={data} type={type} alt={words.picture(name || command)} width={280} />
      ))}
    </div>
  );
}

/** Shows `children` once it has been scrolled to: pictures are large. */
export function WhenSeen({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (isSeen || !place.current) return;
    const observer = new IntersectionObserver((found) => {
      if (found.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return (
    <div ref={place} style={{ minHeight: isSeen ? undefined : 24 }}>
      {isSeen && children}
    </div>
  );
}
