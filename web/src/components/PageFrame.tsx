import { Flex, Typography } from "antd";
import { type ReactNode, useEffect } from "react";

/** A page's heading with what stands beside it; also the tab's title. */
export function PageFrame({ title, extra, children }: { title: string; extra?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Tenon`;
  }, [title]);
  return (
    <Flex vertical gap={12} style={{ padding: 16, minWidth: 0 }}>
      <Flex justify="space-between" align="center" gap={8} wrap>
        <Typography.Title level={1} style={{ margin: 0, fontSize: 20 }}>
          {title}
        </Typography.Title>
        {extra && (
          <Flex gap={8} align="center" wrap>
            {extra}
          </Flex>
        )}
      </Flex>
      {children}
    </Flex>
  );
}
