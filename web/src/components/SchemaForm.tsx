// A form made from a JSON Schema, as commands have them. What a plain field cannot say is written as JSON.
import { Flex, Input, InputNumber, Select, Typography } from "antd";
import { useState } from "react";
import { useText } from "../i18n";
import { componentText } from "./text";

export interface Schema {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  anyOf?: readonly Schema[];
}
export type Values = Readonly<Record<string, unknown>>;

export function SchemaForm({
  schema,
  values,
  onChange,
}: {
  schema: Schema;
  values: Values;
  onChange: (values: Values) => void;
}) {
  const words = useText(componentText);
  const change = (name: string, value: unknown) => {
    const { [name]: _, ...others } = values;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  return (
    <Flex vertical gap={12}>
      {Object.entries(schema.properties ?? {}).map(([name, field]) => {
        const isRequired = schema.required?.includes(name) ?? false;
        const id = `field-${name}`;
        return (
          <Flex key={name} vertical gap={4}>
            <label htmlFor={id} title={isRequired ? words.required : undefined}>
              <code>{name}</code>
              {isRequired && " *"}
            </label>
            <Field id={id} field={field} value={values[name]} onChange={(value) => change(name, value)} />
            {field.description && <Typography.Text type="secondary">{field.description}</Typography.Text>}
          </Flex>
        );
      })}
    </Flex>
  );
}

interface FieldProps {
  id: string;
  field: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** The one type that it has besides null; undefined if there are several. */
function typeOf(field: Schema): string | undefined {
  const types = [field.type ?? []].flat().filter((type) => type !== "null");
  return types.length === 1 ? types[0] : undefined;
}

/** What a field is written with. */
export function kindOf(field: Schema): "choice" | "switch" | "number" | "text" | "numbers" | "texts" | "json" {
  if (field.enum) return "choice";
  switch (typeOf(field)) {
    case "boolean":
      return "switch";
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    case "array":
      if (field.items?.enum) return "texts";
      if (field.items && typeOf(field.items) === "string") return "texts";
      if (field.maxItems !== undefined && field.maxItems <= 4 && kindOf(field.items ?? {}) === "number") return "numbers";
      return "json";
    default:
      return "json";
  }
}

function Field({ id, field, value, onChange }: FieldProps) {
  const words = useText(componentText);
  const given = field.default === undefined || field.default === null ? words.unset : JSON.stringify(field.default);
  switch (kindOf(field)) {
    case "choice":
      return <Choice id={id} options={(field.enum ?? []).filter((each) => each !== null)} value={value} onChange={onChange} placeholder={given} />;
    case "switch":
      return <Choice id={id} options={[true, false]} value={value} onChange={onChange} placeholder={given} />;
    case "number":
      return (
        <InputNumber
          id={id}
          style={{ width: 200 }}
          placeholder={given}
          value={(value as number | undefined) ?? null}
          {...(typeOf(field) === "integer" ? { precision: 0 } : {})}
          onChange={(typed) => onChange(typed ?? undefined)}
        />
      );
    case "text": {
      const typed = typeof value === "string" ? value : "";
      return (
        <Input.TextArea
          id={id}
          autoSize={{ minRows: 1, maxRows: 12 }}
          placeholder={given}
          value={typed}
          onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
        />
      );
    }
    case "numbers":
      return <Numbers id={id} count={field.maxItems ?? 3} value={value} onChange={onChange} />;
    case "texts":
      return (
        <Select
          id={id}
          mode="tags"
          value={(value as string[] | undefined) ?? []}
          placeholder={given}
          options={(field.items?.enum ?? []).map((each) => ({ value: String(each) }))}
          onChange={(chosen: string[]) => onChange(chosen.length > 0 ? chosen : undefined)}
        />
      );
    case "json":
      return <JsonField id={id} value={value} placeholder={given} onChange={onChange} />;
  }
}

function Choice({
  id,
  options,
  value,
  onChange,
  placeholder,
}: {
  id: string;
  options: readonly unknown[];
  value: unknown;
  onChange: (value: unknown) => void;
  placeholder: string;
}) {
  const chosen = options.findIndex((option) => option === value);
  return (
    <Select
      id={id}
      allowClear
      showSearch
      style={{ minWidth: 200 }}
      placeholder={placeholder}
      value={chosen < 0 ? null : chosen}
      optionFilterProp="label"
      options={options.map((option, at) => ({ value: at, label: String(option) }))}
      onChange={(at: number | null | undefined) => onChange(at === undefined || at === null ? undefined : options[at])}
    />
  );
}

/** A vector: nothing until one of its numbers is typed; the others are 0 then. */
function Numbers({
  id,
  count,
  value,
  onChange,
}: {
  id: string;
  count: number;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const numbers = Array.isArray(value) ? (value as number[]) : undefined;
  return (
    <div style={{ display: "flex", gap: 4, flexWrap: "wrap" }}>
      {Array.from({ length: count }, (_, at) => (
        <InputNumber
          key={at}
          id={at === 0 ? id : `${id}-${at}`}
          aria-label={`${"XYZW"[at]}`}
          placeholder={"XYZW"[at] ?? ""}
          style={{ width: 88 }}
          value={numbers?.[at] ?? null}
          onChange={(typed) => {
            const changed = Array.from({ length: count }, (__, each) =>
              each === at ? typed : (numbers?.[each] ?? null),
            );
            onChange(changed.every((each) => each === null) ? undefined : changed.map((each) => each ?? 0));
          }}
        />
      ))}
    </div>
  );
}

function JsonField({
  id,
  value,
  placeholder,
  onChange,
}: {
  id: string;
  value: unknown;
  placeholder: string;
  onChange: (value: unknown) => void;
}) {
  const words = useText(componentText);
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value));
  const [isBad, setBad] = useState(false);
  const type = (typed: string) => {
    setText(typed);
    try {
      onChange(typed.trim() === "" ? undefined : JSON.parse(typed));
      setBad(false);
    } catch {
      setBad(true);
    }
  };
  return (
    <>
      <Input.TextArea
        id={id}
        autoSize={{ minRows: 1, maxRows: 12 }}
        placeholder={placeholder}
        value={text}
        {...(isBad ? { status: "error" as const } : {})}
        aria-invalid={isBad}
        style={{ fontFamily: "monospace" }}
        onChange={({ target }) => type(target.value)}
      />
      {isBad && <span role="alert">{words.notJson}</span>}
    </>
  );
}
