import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Checkbox, Flex, Input, InputNumber, Select, Switch, Typography } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { look, run } from "../../api/commands";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { settingsText } from "./text";

interface Setting {
  name: string;
  label: string;
  description: string;
  type: "text" | "secret" | "folder" | "list" | "switch" | "choice" | "whole" | "number";
  choices?: string[];
  minimum?: number;
  maximum?: number;
  unit?: string;
  default: unknown;
  value: unknown;
  environment: string | null;
  changeable: boolean;
}

const isChanged = (setting: Setting) => JSON.stringify(setting.value) !== JSON.stringify(setting.default);

/** Every setting with its meaning; those that can change while Tenon serves are changed here, with Tenon's own check. */
export default function Settings() {
  const words = useText(settingsText);
  const pages = useText(appText);
  const [address, setAddress] = useSearchParams();
  const { data, error, refetch } = useQuery({
    queryKey: ["settings"],
    queryFn: () => look<{ settings: Setting[] }>("get_settings"),
  });
  const query = (address.get("q") ?? "").toLowerCase();
  const onlyChanged = address.get("changed") !== null;
  const change = (name: string, value: string | undefined) => {
    const changed = new URLSearchParams(address);
    if (value === undefined) changed.delete(name);
    else changed.set(name, value);
    setAddress(changed, { replace: name === "q" });
  };
  const shown = (data?.settings ?? []).filter(
    (setting) =>
      `${setting.name} ${setting.label} ${setting.description}`.toLowerCase().includes(query) &&
      (!onlyChanged || isChanged(setting)),
  );
  const groups: [string, Setting[]][] = [
    [words.here, shown.filter(({ changeable }) => changeable)],
    [words.others, shown.filter(({ changeable }) => !changeable)],
  ];
  return (
    <PageFrame title={pages.settings}>
      <Flex gap={12} wrap align="center">
        <Input
          {...SEARCH}
          allowClear
          style={{ width: 280 }}
          placeholder={words.search}
          aria-label={words.search}
          value={address.get("q") ?? ""}
          onChange={({ target }) => change("q", target.value || undefined)}
        />
        <Checkbox checked={onlyChanged} onChange={({ target }) => change("changed", target.checked ? "" : undefined)}>
          {words.onlyChanged}
        </Checkbox>
      </Flex>
      {error && <ErrorView error={error} retry={() => void refetch()} />}
      {groups
        .filter(([, settings]) => settings.length > 0)
        .map(([title, settings]) => (
          <Card key={title} size="small" title={<h2 style={{ margin: 0, fontSize: 15, fontWeight: 600 }}>{title}</h2>}>
            {title === words.others && <Typography.Paragraph type="secondary">{words.inBlender}</Typography.Paragraph>}
            <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
              {settings.map((setting) => (
                <li key={setting.name} style={{ padding: "8px 0" }}>
                  <Row setting={setting} />
                </li>
              ))}
            </ul>
          </Card>
        ))}
    </PageFrame>
  );
}

function Row({ setting }: { setting: Setting }) {
  const words = useText(settingsText);
  const format = useFormat();
  const { label, name, description, environment, minimum, maximum, unit } = setting;
  const facts = [
    words.byDefault(shownValue(setting.default, words)),
    minimum !== undefined && maximum !== undefined && words.range(format.number(minimum, 4), format.number(maximum), unit ?? ""),
    environment && words.environment(environment),
  ].filter(Boolean);
  return (
    <Flex gap={16} wrap justify="space-between" align="flex-start">
      <Flex vertical style={{ flex: "1 1 320px", minWidth: 0 }}>
        <label htmlFor={`setting-${name}`} style={{ fontWeight: 600 }}>
          {label} <Typography.Text type="secondary">{name}</Typography.Text>
        </label>
        <span>{description}</span>
        <Typography.Text type="secondary" style={{ fontSize: 12 }}>
          {facts.join(" · ")}
        </Typography.Text>
      </Flex>
      <div style={{ flex: "0 1 300px", minWidth: 200 }}>
        {setting.changeable ? (
          <Changeable key={JSON.stringify(setting.value)} setting={setting} />
        ) : (
          <Typography.Text strong={isChanged(setting)} style={{ overflowWrap: "anywhere" }} id={`setting-${name}`}>
            {setting.type === "secret" && setting.value ? words.hidden : shownValue(setting.value, words)}
          </Typography.Text>
        )}
      </div>
    </Flex>
  );
}

function Changeable({ setting }: { setting: Setting }) {
  const words = useText(settingsText);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [value, setValue] = useState(setting.value);
  const [error, setError] = useState<unknown>();
  const save = async (chosen: unknown) => {
    try {
      await run("set_settings", { values: { [setting.name]: chosen } });
      setError(undefined);
      void message.success(`${setting.label}: ${words.saved}`);
      await queries.invalidateQueries({ queryKey: ["settings"] });
    } catch (failed) {
      setError(failed);
    }
  };
  const id = `setting-${setting.name}`;
  return (
    <Flex vertical gap={8} align="flex-start">
      {setting.type === "switch" ? (
        <Switch
          id={id}
          checked={value === true}
          onChange={(chosen) => {
            setValue(chosen);
            void save(chosen);
          }}
        />
      ) : setting.type === "choice" ? (
        <Select
          id={id}
          style={{ width: 160 }}
          value={String(value)}
          options={(setting.choices ?? []).map((each) => ({ value: each }))}
          onChange={(chosen) => {
            setValue(chosen);
            void save(chosen);
          }}
        />
      ) : (
        <Flex gap={8} wrap>
          <InputNumber
            id={id}
            value={value as number}
            onChange={(typed) => setValue(typed)}
            onPressEnter={() => void save(value)}
            {...(setting.unit ? { suffix: setting.unit } : {})}
            style={{ width: 160 }}
          />
          {value !== setting.value && (
            <>
              <Button type="primary" onClick={() => void save(value)}>
                {words.save}
              </Button>
              <Button
                onClick={() => {
                  setValue(setting.value);
                  setError(undefined);
                }}
              >
                {words.reset}
              </Button>
            </>
          )}
        </Flex>
      )}
      {error !== undefined && <ErrorView error={error} />}
    </Flex>
  );
}

function shownValue(value: unknown, words: { on: string; off: string; none: string }): string {
  if (value === true) return words.on;
  if (value === false) return words.off;
  if (value === "" || value === null || (Array.isArray(value) && value.length === 0)) return words.none;
  return Array.isArray(value) ? value.join(", ") : String(value);
}
