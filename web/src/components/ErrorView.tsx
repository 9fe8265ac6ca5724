import { Alert, Button, Collapse, Flex } from "antd";
import { TenonError, UNREACHABLE } from "../api/client";
import { useText } from "../i18n";
import { JsonView } from "./JsonView";
import { componentText } from "./text";

/** What failed, with its code, its words (which say what to do) and what else was told. */
export function ErrorView({ error, retry }: { error: unknown; retry?: () => void }) {
  const words = useText(componentText);
  const { code, message, details } = asError(error);
  const { solution, ...more } = details;
  return (
    <Alert
      type="error"
      showIcon
      title={words.errorCode(code)}
      description={
        <Flex vertical gap={8}>
          <span style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {code === UNREACHABLE ? words.unreachable : message}
          </span>
          {typeof solution === "string" && (
            <span>
              {words.wayOut}: {solution}
            </span>
          )}
          {Object.keys(more).length > 0 && (
            <Collapse
              size="small"
              ghost
              items={[{ key: "more", label: words.details, children: <JsonView value={more} maxHeight={240} /> }]}
            />
          )}
          {retry && (
            <Button size="small" onClick={retry}>
              {words.tryAgain}
            </Button>
          )}
        </Flex>
      }
    />
  );
}

interface Told {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** Also of an error as Tenon writes it into a task or a history. */
export function asError(error: unknown): Told {
  return withException(plainError(error));
}

/** A Python error's message is JSON, for programs: its own words, and its traceback among the details. */
function withException(told: Told): Told {
  if (!told.message.startsWith('{"exception_type"')) return told;
  try {
    const { exception_type: type, message, ...more } = JSON.parse(told.message) as Record<string, unknown>;
    return { code: told.code, message: `${String(type)}: ${String(message)}`, details: { ...told.details, ...more } };
  } catch {
    return told;
  }
}

function plainError(error: unknown): Told {
  if (error instanceof TenonError) return { code: error.code, message: error.message, details: { ...error.details } };
  if (error instanceof Error) return { code: "internal", message: error.message, details: {} };
  if (typeof error === "object" && error !== null && "message" in error) {
    const { code, message, ...details } = error as Record<string, unknown>;
    return { code: String(code ?? "command_failed"), message: String(message), details };
  }
  return { code: "command_failed", message: String(error), details: {} };
}
