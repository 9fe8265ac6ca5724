import { Card, Empty, Flex, Input } from "antd";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { run } from "../../api/commands";
import { SEARCH } from "../../app/shortcuts";
import { appText } from "../../app/text";
import { ErrorView, PageFrame } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useScene } from "./data";
import { Facts } from "./Facts";
import { sceneText } from "./text";
import { Tree } from "./Tree";
import { rowsOf } from "./hierarchy";
import { View } from "./View";

/** The objects with Blender's own selection, both ways; a picture; the facts of the active one. */
export default function Scene() {
  const words = useText(sceneText);
  const pages = useText(appText);
  const format = useFormat();
  const [address, setAddress] = useSearchParams();
  const { state, tree, version } = useScene();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [failed, setFailed] = useState<unknown>();
  const text = address.get("q") ?? "";
  const rows = useMemo(() => rowsOf(tree.data?.roots ?? [], closed, text), [tree.data, closed, text]);
  const selected = useMemo(() => new Set(state.selected), [state.selected]);
  const toggle = (name: string) =>
    setClosed((known) => {
      const changed = new Set(known);
      if (!changed.delete(name)) changed.add(name);
      return changed;
    });
  const select = async (name: string, isAlso: boolean) => {
    const mode = !isAlso ? "SET" : selected.has(name) ? "REMOVE" : "ADD";
    try {
      await run("select_objects", { names: [name], mode });
      setFailed(undefined);
    } catch (told) {
      setFailed(told);
    }
  };
  return (
    <PageFrame title={pages.scene}>
      <Flex gap={12} wrap align="flex-start">
        <Card
          size="small"
          title={tree.data ? words.objects(format.number(tree.data.total)) : words.tree}
          style={{ flex: "1 1 280px", minWidth: 0 }}
        >
          <Flex vertical gap={8}>
            <Input
              {...SEARCH}
              allowClear
              placeholder={words.search}
              aria-label={words.search}
              value={text}
              onChange={({ target }) => {
                const changed = new URLSearchParams(address);
                if (target.value) changed.set("q", target.value);
                else changed.delete("q");
                setAddress(changed, { replace: true });
              }}
            />
            {tree.error && <ErrorView error={tree.error} retry={() => void tree.refetch()} />}
            {failed !== undefined && <ErrorView error={failed} />}
            {tree.data && rows.length === 0 ? (
              <Empty description={tree.data.total === 0 ? words.none : words.noMatch} />
            ) : (
              <Tree
                rows={rows}
                selected={selected}
                active={state.active}
                onToggle={toggle}
                onSelect={(name, isAlso) => void select(name, isAlso)}
              />
            )}
          </Flex>
        </Card>
        <View state={state} version={version} isReady={!tree.isPending} />
        <Facts name={state.active} />
      </Flex>
    </PageFrame>
  );
}
