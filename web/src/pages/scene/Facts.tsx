import { useQuery } from "@tanstack/react-query";
import { Button, Card, Empty, Flex, Tag } from "antd";
import { useState } from "react";
import { look, run } from "../../api/commands";
import { ErrorView, JsonView } from "../../components";
import { useText } from "../../i18n";
import { sceneText } from "./text";

/** All about one object, read again when it changes. */
export function Facts({ name }: { name: string | null }) {
  const words = useText(sceneText);
  const [failed, setFailed] = useState<unknown>();
  const { data, error, refetch } = useQuery({
    queryKey: ["scene", "object", name],
    queryFn: () => look<Record<string, unknown>>("get_object", { name }),
    enabled: name !== null,
  });
  if (name === null) {
    return (
      <Card size="small" title={words.object} style={{ flex: "1 1 280px", minWidth: 0 }}>
        <Empty description={words.nothing} />
      </Card>
    );
  }
  const isVisible = data?.["visible"] !== false;
  const toggle = async () => {
    try {
      await run("show_objects", { names: [name], visible: !isVisible });
      setFailed(undefined);
      await refetch();
    } catch (told) {
      setFailed(told);
    }
  };
  return (
    <Card
      size="small"
      title={<span style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{name}</span>}
      extra={
        data && (
          <Flex gap={8} align="center">
            {!isVisible && <Tag>{words.hidden}</Tag>}
            <Button size="small" onClick={() => void toggle()}>
              {isVisible ? words.hide : words.show}
            </Button>
          </Flex>
        )
      }
      style={{ flex: "1 1 280px", minWidth: 0 }}
    >
      {error ? <ErrorView error={error} /> : data && <JsonView value={data} maxHeight={520} />}
      {failed !== undefined && <ErrorView error={failed} />}
    </Card>
  );
}
