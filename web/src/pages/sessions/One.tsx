import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Flex, Segmented, Spin, Typography } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { CopyButton, ErrorView, JsonView, PageFrame, StateTag, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useActions } from "./actions";
import { Design } from "./Design";
import { useRefreshed } from "./live";
import { PathDialog } from "./PathDialog";
import { readSession } from "./read";
import { StateView } from "./StateView";
import { sessionsText } from "./text";
import { Timeline } from "./Timeline";
import type { Info } from "./types";
import { useAddress } from "./useAddress";
import { useHistory } from "./useHistory";

const PARTS = ["timeline", "design", "state", "raw"] as const;

/** One session: what happened in it, what it knows, and what can be done with it. */
export default function One() {
  const { id = "" } = useParams();
  const words = useText(sessionsText);
  const { data, error } = useQuery({
    queryKey: ["sessions", "info", id],
    queryFn: () => readSession(id),
  });
  useRefreshed(["sessions", "info", id], ({ data: told }) => told["session_id"] === id);
  return (
    <PageFrame
      title={id}
      extra={
        <Link to="/sessions">
          <ArrowLeftOutlined /> {words.back}
        </Link>
      }
    >
      {error ? <ErrorView error={error} /> : data ? <Parts key={id} info={data} /> : <Spin />}
    </PageFrame>
  );
}

function Parts({ info }: { info: Info }) {
  const { session_id: id, status, created_at: created, last_activity: used, command_count: commands, state } = info;
  const words = useText(sessionsText);
  const format = useFormat();
  const [address, change] = useAddress();
  const anchor = Number(address.get("entry") ?? 0) || undefined;
  const history = useHistory(id, anchor);
  const part = PARTS.find((each) => each === address.get("part")) ?? "timeline";
  return (
    <>
      <Flex gap={12} align="center" wrap>
        <StateTag state={status} />
        <CopyButton text={id} />
        <Typography.Text type="secondary">
          {words.begun} <TimeText at={created} /> · {words.used} <TimeText at={used} /> · {words.commands}{" "}
          {format.number(commands)}
        </Typography.Text>
        <Buttons info={info} />
      </Flex>
      <Segmented
        aria-label={words.parts}
        style={{ alignSelf: "start" }}
        value={part}
        options={PARTS.map((value) => ({ value, label: words[value] }))}
        onChange={(value) => change({ part: value === "timeline" ? "" : value })}
      />
      {part === "timeline" && <Timeline id={id} history={history} />}
      {part === "design" && <Design id={id} />}
      {part === "state" && <StateView state={state} />}
      {part === "raw" && <JsonView value={info} maxHeight={640} />}
    </>
  );
}

function Buttons({ info: { session_id: id, status, command_count: commands } }: { info: Info }) {
  const words = useText(sessionsText);
  const actions = useActions();
  const navigate = useNavigate();
  const [isExporting, setExporting] = useState(false);
  const remove = async () => {
    if (await actions.delete([{ id, commands }])) void navigate("/sessions");
  };
  return (
    <Flex gap={8} wrap style={{ marginInlineStart: "auto" }}>
      {status !== "live" && <Button onClick={() => void actions.restore(id)}>{words.restore}</Button>}
      {status !== "closed" && <Button onClick={() => void actions.save(id)}>{words.save}</Button>}
      {status !== "closed" && <Button onClick={() => void actions.close(id)}>{words.close}</Button>}
      <Link to={`/sessions/compare?left=${encodeURIComponent(id)}`}>
        <Button tabIndex={-1}>{words.compare}</Button>
      </Link>
      <Button title={words.downloadHelp} onClick={() => void actions.download([id])}>
        {words.download}
      </Button>
      <Button onClick={() => setExporting(true)}>{words.export}</Button>
      <Button danger onClick={() => void remove()}>
        {words.delete}
      </Button>
      {isExporting && (
        <PathDialog
          title={words.exportTitle}
          okText={words.export}
          act={(path) => actions.exportTo(path, [id])}
          onClose={() => setExporting(false)}
        />
      )}
    </Flex>
  );
}
