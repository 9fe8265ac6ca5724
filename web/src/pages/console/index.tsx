import { Alert, Button, Card, Checkbox, Empty, Flex, Input, Select, Segmented, Typography, theme } from "antd";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Params } from "../../api/client";
import { useCommands } from "../../api/openapi";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { CopyButton, Duration, ErrorView, JsonView, PageFrame, Picture, picturesIn, SchemaForm, TimeText } from "../../components";
import { useText } from "../../i18n";
import { useStatus } from "../../live/status";
import { CodeEditor } from "./CodeEditor";
import { gist, type Reply, useReplies } from "./replies";
import { asCurl, asPython } from "./request";
import { consoleText } from "./text";

const TABS = ["sentence", "command", "python"] as const;

/** A sentence, any command by its form, or Python; what it would be elsewhere, and what it was answered. */
export default function Console() {
  const words = useText(consoleText);
  const pages = useText(appText);
  const [address, setAddress] = useSearchParams();
  const command = address.get("command");
  const tab = TABS.find((each) => each === address.get("tab")) ?? (command ? "command" : "sentence");
  const { replies, run, clear } = useReplies();
  return (
    <PageFrame title={pages.console}>
      <Segmented
        aria-label={pages.console}
        value={tab}
        onChange={(chosen) => setAddress(chosen === "command" && command ? { command } : { tab: chosen })}
        options={TABS.map((value) => ({ value, label: words[value] }))}
        style={{ alignSelf: "flex-start" }}
      />
      <Card size="small">
        {tab === "sentence" && <Sentence run={run} />}
        {tab === "command" && (
          <Command
            key={command ?? ""}
            name={command}
            onChoose={(name) => setAddress({ command: name })}
            run={run}
          />
        )}
        {tab === "python" && <Python run={run} />}
      </Card>
      <Flex justify="space-between" align="center">
        <Typography.Title level={2} style={{ margin: 0, fontSize: 16 }}>
          {words.replies}
        </Typography.Title>
        {replies.length > 0 && (
          <Button size="small" onClick={clear}>
            {words.clear}
          </Button>
        )}
      </Flex>
      {replies.length === 0 ? (
        <Empty description={words.noReplies} />
      ) : (
        <ol aria-label={words.replies} aria-live="polite" style={{ listStyle: "none", margin: 0, padding: 0 }}>
          {replies.map((reply) => (
            <li key={reply.key} style={{ marginBottom: 12 }}>
              <Answered reply={reply} />
            </li>
          ))}
        </ol>
      )}
    </PageFrame>
  );
}

type Run = ReturnType<typeof useReplies>["run"];

function Sentence({ run }: { run: Run }) {
  const words = useText(consoleText);
  const [text, setText] = useState("");
  const [isDry, setDry] = useState(false);
  const say = () => {
    if (!text.trim()) return;
    void run("do", { text, ...(isDry ? { dry_run: true } : {}) }, { prompt: text });
    setText("");
  };
  return (
    <Flex vertical gap={8}>
      <label htmlFor="sentence">{words.say}</label>
      <Flex gap={8}>
        <Input
          {...SEARCH}
          id="sentence"
          autoFocus
          value={text}
          placeholder={words.sayExample}
          onChange={({ target }) => setText(target.value)}
          onPressEnter={(event) => {
            // Enter also ends the choice of characters in Japanese and Chinese.
            if (!event.nativeEvent.isComposing) say();
          }}
        />
        <Button type="primary" onClick={say}>
          {words.run}
        </Button>
      </Flex>
      <Checkbox checked={isDry} onChange={({ target }) => setDry(target.checked)}>
        {words.plan}
      </Checkbox>
    </Flex>
  );
}

function Command({
  name,
  onChoose,
  run,
}: {
  name: string | null;
  onChoose: (name: string) => void;
  run: Run;
}) {
  const words = useText(consoleText);
  const { data: commands, error } = useCommands();
  const [values, setValues] = useState<Params>({});
  const chosen = commands?.find((command) => command.name === name);
  return (
    <Flex vertical gap={12}>
      <Select
        {...SEARCH}
        showSearch
        aria-label={words.choose}
        placeholder={words.choose}
        value={name}
        optionFilterProp="search"
        options={(commands ?? []).map((command) => ({
          value: command.name,
          label: command.name,
          search: `${command.name} ${command.summary}`,
        }))}
        onChange={onChoose}
        style={{ maxWidth: 480 }}
      />
      {error && <ErrorView error={error} />}
      {chosen && (
        <>
          <span>{chosen.summary}</span>
          <SchemaForm schema={chosen.schema} values={values} onChange={setValues} />
          <Button type="primary" style={{ alignSelf: "flex-start" }} onClick={() => void run(chosen.name, values)}>
            {words.run}
          </Button>
          <Elsewhere command={chosen.name} params={values} />
        </>
      )}
    </Flex>
  );
}

function Python({ run }: { run: Run }) {
  const words = useText(consoleText);
  const { data: status } = useStatus();
  const [code, setCode] = useState("import bpy\n\nprint(len(bpy.data.objects))\n");
  const send = () => void run("execute_code", { code });
  if (status?.python_code === "off") return <Alert type="info" showIcon title={words.noCode} />;
  return (
    <Flex vertical gap={8}>
      <label htmlFor="code">{words.code}</label>
      <CodeEditor id="code" label={words.code} value={code} onChange={setCode} onRun={send} />
      <Flex gap={8} align="center">
        <Button type="primary" onClick={send}>
          {words.run}
        </Button>
        <kbd>Ctrl Enter</kbd>
      </Flex>
      <Elsewhere command="execute_code" params={{ code }} />
    </Flex>
  );
}

function Elsewhere({ command, params }: { command: string; params: Params }) {
  const words = useText(consoleText);
  return (
    <Flex gap={8} align="center" wrap>
      <Typography.Text type="secondary">{words.sameAs}:</Typography.Text>
      <CopyButton label={words.asCurl} text={() => asCurl(location.origin, command, params)} />
      <CopyButton label={words.asPython} text={() => asPython(location.port, command, params)} />
    </Flex>
  );
}

function Answered({ reply }: { reply: Reply }) {
  const words = useText(consoleText);
  const { token } = theme.useToken();
  const { echo, printed, notes } = gist(reply.result);
  const said = reply.command === "do" ? String(reply.params["text"]) : undefined;
  return (
    <Card
      size="small"
      title={
        <span style={{ whiteSpace: "normal", overflowWrap: "anywhere" }}>{said ?? <code>{reply.command}</code>}</span>
      }
      extra={
        <Typography.Text type="secondary">
          <TimeText at={reply.at} />
          {reply.took !== undefined && (
            <>
              {" · "}
              <Duration seconds={reply.took} />
            </>
          )}
        </Typography.Text>
      }
    >
      <Flex vertical gap={8}>
        {reply.took === undefined && <span role="status">{words.waiting}…</span>}
        {echo && (
          <span>
            <Typography.Text type="secondary">{words.understood}: </Typography.Text>
            {echo}
          </span>
        )}
        {notes.map((note) => (
          <Alert key={note} type="info" title={note} />
        ))}
        {printed && (
          <pre style={{ margin: 0, whiteSpace: "pre-wrap", fontFamily: token.fontFamilyCode }}>{printed}</pre>
        )}
        {picturesIn(reply.result).map(({ data, type, name }) => (
          <Picture key={data.slice(-32)} data={data} type={type} width={480} {...(name ? { alt: name } : {})} />
        ))}
        {reply.error !== undefined && <ErrorView error={reply.error} />}
        {reply.result !== undefined && <JsonView value={shortened(reply.result)} maxHeight={280} />}
        {reply.taskId && <Link to={`/queue?task=${reply.taskId}`}>{words.task}</Link>}
      </Flex>
    </Card>
  );
}

/** Pictures are shown, not written out. */
function shortened(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !("images" in result)) return result;
  const images = (result as { images: unknown }).images;
  if (!Array.isArray(images)) return result;
  const cut = (image: Record<string, unknown>) => ({ ...image, data: `${String(image["data"]).slice(0, 24)}…` });
  return { ...result, images: (images as Record<string, unknown>[]).map(cut) };
}
