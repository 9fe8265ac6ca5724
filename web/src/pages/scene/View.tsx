import { useQuery } from "@tanstack/react-query";
import { Button, Card, Checkbox, Flex, Select, Slider, Typography } from "antd";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";
import { look, run } from "../../api/commands";
import { ErrorView, Picture, picturesIn } from "../../components";
import { useFormat, useText } from "../../i18n";
import { useConnection } from "../../live";
import { useVisible } from "../../live/polling";
import type { SceneState } from "./data";
import { useFollowing } from "./follow";
import { sceneText } from "./text";

const VIEWS = ["iso", "viewport", "camera", "front", "right", "top"] as const;
const SHADINGS = ["solid", "material", "rendered", "wireframe"] as const;
const SIZES = [320, 512, 800, 1200];

/** A picture that follows what changes, if wished, and the frame that it shows. */
export function View({ state, version, isReady }: { state: SceneState; version: number; isReady: boolean }) {
  const words = useText(sceneText);
  const [address, setAddress] = useSearchParams();
  const view = VIEWS.find((each) => each === address.get("view")) ?? "iso";
  const shading = SHADINGS.find((each) => each === address.get("shading")) ?? "solid";
  const size = SIZES.find((each) => String(each) === address.get("size")) ?? 512;
  const follows = address.get("follow") !== "no";
  const isLive = useConnection().state === "live";
  const change = (name: string, value: string, usual: string) => {
    const changed = new URLSearchParams(address);
    if (value === usual) changed.delete(name);
    else changed.set(name, value);
    setAddress(changed);
  };
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["picture", view, shading, size],
    queryFn: () => look("look", { view, shading, size }),
    // Behind the objects, which take less of Blender's time.
    enabled: isReady,
    // Only what the page asks for below is drawn again.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  const isVisible = useVisible();
  const draw = useCallback(() => void refetch(), [refetch]);
  const { isOld, drawNow } = useFollowing(version, follows && isLive && isVisible && !isFetching, draw);
  const [picture] = picturesIn(data);
  return (
    <Card size="small" title={words.picture} style={{ flex: "2 1 420px", minWidth: 0 }}>
      <Flex vertical gap={12}>
        <Flex gap={8} wrap align="center">
          <Select
            aria-label={words.view}
            value={view}
            style={{ width: 120 }}
            options={VIEWS.map((value) => ({ value, label: words[value] }))}
            onChange={(chosen) => change("view", chosen, "iso")}
          />
          <Select
            aria-label={words.shading}
            value={shading}
            style={{ width: 150 }}
            options={SHADINGS.map((value) => ({ value, label: words[value] }))}
            onChange={(chosen) => change("shading", chosen, "solid")}
          />
          <Select
            aria-label={words.size}
            value={size}
            style={{ width: 100 }}
            options={SIZES.map((value) => ({ value, label: `${value} px` }))}
            onChange={(chosen) => change("size", String(chosen), "512")}
          />
          <Checkbox checked={follows} onChange={({ target }) => change("follow", target.checked ? "yes" : "no", "yes")}>
            {words.follow}
          </Checkbox>
          <Button loading={isFetching} onClick={drawNow}>
            {words.refresh}
          </Button>
        </Flex>
        {error && <ErrorView error={error} />}
        {picture && <Picture data={picture.data} type={picture.type} alt={`${words.picture}: ${words[view]}`} />}
        {isOld && !isFetching && <Typography.Text type="warning">{words.stale}</Typography.Text>}
        <Frame state={state} />
      </Flex>
    </Card>
  );
}

function Frame({ state }: { state: SceneState }) {
  const words = useText(sceneText);
  const format = useFormat();
  const [first, last] = state.frames;
  const [dragged, setDragged] = useState<number>();
  const [error, setError] = useState<unknown>();
  const go = async (frame: number) => {
    try {
      await run("set_frame_range", { frame_current: frame });
      setError(undefined);
    } catch (failed) {
      setError(failed);
    } finally {
      setDragged(undefined);
    }
  };
  const frame = dragged ?? state.frame;
  return (
    <Flex vertical>
      <span>
        {words.frame} {format.number(frame)}{" "}
        <Typography.Text type="secondary">({words.of(format.number(first), format.number(last))})</Typography.Text>
      </span>
      <Slider
        min={Math.min(first, frame)}
        max={Math.max(last, frame)}
        value={frame}
        ariaLabelForHandle={words.frame}
        tooltip={{ open: false }}
        onChange={(chosen: number) => setDragged(chosen)}
        onChangeComplete={(chosen: number) => void go(chosen)}
      />
      {error !== undefined && <ErrorView error={error} />}
    </Flex>
  );
}
