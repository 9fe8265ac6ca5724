import { Input, type InputRef, Modal, Typography, theme } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useCommands } from "../api/openapi";
import { useText } from "../i18n";
import { PAGES } from "./pages";
import { appText } from "./text";

interface Choice {
  key: string;
  label: string;
  help: string;
  to: string;
}

const MOST = 12;

/** Those with all the typed words in them, the ones that begin with the text first. */
export function matching(choices: readonly Choice[], typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = choices.filter(({ label, help }) => {
    const text = `${label} ${help}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const begins = ({ label }: Choice) => (label.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return found.sort((a, b) => begins(a) - begins(b)).slice(0, MOST);
}

/** Ctrl-K: a page, or a command's form in the console. */
export function Palette({ onClose }: { onClose: () => void }) {
  const words = useText(appText);
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const { data: commands = [] } = useCommands();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<InputRef>(null);
  useEffect(() => field.current?.focus(), []);
  const choices = useMemo(
    () => [
      ...PAGES.map(({ name }) => ({ key: `page ${name}`, label: words[name], help: name, to: `/${name}` })),
      ...commands.map(({ name, summary }) => ({
        key: `command ${name}`, label: name, help: summary, to: `/console?command=${encodeURIComponent(name)}`,
      })),
    ],
    [commands, words],
  );
  const found = matching(choices, typed);
  const go = (choice: Choice | undefined) => {
    if (!choice) return;
    void navigate(choice.to);
    onClose();
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={640} style={{ top: 64 }} title={words.palette}>
      <Input
        ref={field}
        role="combobox"
        aria-label={words.palette}
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Enter") go(found[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette" role="listbox" aria-label={words.palette} style={{ listStyle: "none", padding: 0, margin: "8px 0 0" }}>
        {found.map((choice, index) => (
          <li
            key={choice.key}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseEnter={() => setAt(index)}
            onClick={() => go(choice)}
            style={{
              padding: "4px 8px", borderRadius: token.borderRadius, cursor: "pointer",
              background: index === at ? token.controlItemBgHover : undefined,
              whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis",
            }}
          >
            <span style={{ fontWeight: 600 }}>{choice.label}</span>{" "}
            <Typography.Text type="secondary">{choice.help}</Typography.Text>
          </li>
        ))}
      </ul>
      {found.length === 0 && <Typography.Text type="secondary">{words.nothingFound}</Typography.Text>}
    </Modal>
  );
}
