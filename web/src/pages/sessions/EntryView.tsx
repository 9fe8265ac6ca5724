import { RedoOutlined, UndoOutlined } from "@ant-design/icons";
import { Button, Flex, theme, Typography } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { Duration, ErrorView, JsonView, StateTag, TimeText } from "../../components";
import { useFormat, useText } from "../../i18n";
import { Marked } from "./Marked";
import { marked } from "./search";
import { sessionsText } from "./text";
import { argsLine, isPicture, type Item } from "./timeline";
import { Pictures, WhenSeen, Whole } from "./Whole";

/** A command that ran: in a line what, how long and how it ended; its pictures, its error; all of it on demand. */
export function EntryView({ item, query = [] }: { item: Item; query?: readonly string[] }) {
  const words = useText(sessionsText);
  const format = useFormat();
  const { token } = theme.useToken();
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const { entry, steps, undo, isTakenBack, error, omitted, pictures } = item;
  const isSentence = entry.command === "do";
  return (
    <Flex vertical gap={4} style={{ minWidth: 0 }}>
      <Flex gap={8} align="baseline" wrap>
        <Typography.Text type="secondary">{format.number(entry.id)}</Typography.Text>
        <code style={{ fontWeight: 600 }}>
          <Marked parts={marked(entry.command, query)} />
        </code>
        {!entry.success && <StateTag state="failed" />}
        {!isSentence && steps.length === 0 && (
          <Typography.Text type="secondary" style={{ fontFamily: token.fontFamilyCode, fontSize: 12, minWidth: 0 }}>
            <Marked parts={marked(argsLine(entry.args), query)} />
          </Typography.Text>
        )}
        <Flex gap={8} align="baseline" style={{ marginInlineStart: "auto" }}>
          <Typography.Text type="secondary">
            <Duration seconds={entry.duration} />
          </Typography.Text>
          <Typography.Text type="secondary">
            <TimeText at={entry.timestamp} />
          </Typography.Text>
          <Button
            size="small"
            type="text"
            aria-expanded={isOpen}
            aria-label={`${words.details}: ${words.entry(String(entry.id))}`}
            onClick={() => setOpen(!isOpen)}
          >
            {words.details}
          </Button>
        </Flex>
      </Flex>
      {steps.length > 0 && (
        <ol aria-label={words.steps(format.number(steps.length))} style={{ margin: 0, paddingInlineStart: 24 }}>
          {steps.map(({ command, status, told }, at) => (
            <li key={at}>
              <Flex gap={8} align="baseline" wrap>
                <code>{command}</code>
                {status !== "success" && <StateTag state={status} />}
                <Typography.Text
                  type="secondary"
                  style={{ fontFamily: token.fontFamilyCode, fontSize: 12, overflowWrap: "anywhere", minWidth: 0 }}
                >
                  {argsLine(told["params"])}
                </Typography.Text>
              </Flex>
              {status === "error" && <ErrorView error={told["error"]} />}
            </li>
          ))}
        </ol>
      )}
      {undo && (
        <span>
          {undo.action === "undo" ? <UndoOutlined aria-hidden /> : <RedoOutlined aria-hidden />}{" "}
          {(undo.action === "undo" ? words.undone : words.redone)(undo.steps.join(", "))}
        </span>
      )}
      {isTakenBack && (
        <span>
          <UndoOutlined aria-hidden /> {words.takenBack}
        </span>
      )}
      {error && <ErrorView error={error} />}
      {pictures.length > 0 && <Pictures pictures={pictures} command={entry.command} />}
      {omitted && isPicture(item) && (
        <WhenSeen>
          <Whole task={entry.task_id} command={entry.command} />
        </WhenSeen>
      )}
      {isOpen && (
        <Flex vertical gap={8}>
          <div>
            <Typography.Text type="secondary">{words.params}</Typography.Text>
            <JsonView value={entry.args} maxHeight={280} />
          </div>
          <div>
            <Typography.Text type="secondary">{words.result}</Typography.Text>
            <JsonView value={entry.result} maxHeight={280} />
          </div>
          {omitted && (
            <Flex vertical gap={4} align="start">
              <span>{words.omitted(omitted)}</span>
              {isWhole ? (
                <Whole task={entry.task_id} command={entry.command} />
              ) : (
                <Button size="small" onClick={() => setWhole(true)}>
                  {words.showWhole}
                </Button>
              )}
            </Flex>
          )}
          <Link to={`/queue?task=${entry.task_id}`}>
            {words.task} <code>{entry.task_id}</code>
          </Link>
        </Flex>
      )}
    </Flex>
  );
}
