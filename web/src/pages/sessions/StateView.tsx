import { Button, Flex, Tag } from "antd";
import { useState } from "react";
import { JsonView } from "../../components";
import { useFormat, useText } from "../../i18n";
import { sessionsText } from "./text";
import type { Info } from "./types";
import "./sessions.css";

const FEW = 40;

/** What the session says of the scene, and all of its state as it is. */
export function StateView({ state }: { state: Info["state"] }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const { objects, selected_objects: selected, active_object: active, mode, frame, file } = state;
  return (
    <Flex vertical gap={12}>
      <dl className="session-facts">
        <dt>
          {words.objects} ({format.number(objects?.length ?? 0)})
        </dt>
        <dd>
          <Names names={objects ?? []} />
        </dd>
        <dt>{words.selection}</dt>
        <dd>
          <Names names={selected ?? []} active={active} />
        </dd>
        <dt>{words.mode}</dt>
        <dd>{mode ?? "–"}</dd>
        <dt>{words.frame}</dt>
        <dd>{frame === null || frame === undefined ? "–" : format.number(frame)}</dd>
        <dt>{words.file}</dt>
        <dd>{file ?? words.notSaved}</dd>
      </dl>
      <JsonView value={state} />
    </Flex>
  );
}

function Names({ names, active }: { names: readonly string[]; active?: string | null | undefined }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const [isAll, setAll] = useState(false);
  if (names.length === 0) return <>–</>;
  const shown = isAll ? names : names.slice(0, FEW);
  return (
    <Flex gap={4} wrap>
      {shown.map((name) => (
        <Tag key={name} {...(name === active ? { color: "processing" } : {})}>
          {name}
        </Tag>
      ))}
      {shown.length < names.length && (
        <Button size="small" type="link" onClick={() => setAll(true)}>
          {words.moreState(format.number(names.length - shown.length))}
        </Button>
      )}
    </Flex>
  );
}
