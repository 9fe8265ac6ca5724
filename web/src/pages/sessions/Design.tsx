import { useQuery } from "@tanstack/react-query";
import { Flex, Segmented, Spin, theme, Typography } from "antd";
import { post } from "../../api/client";
import { CopyButton, ErrorView } from "../../components";
import { useLanguage, useText } from "../../i18n";
import { Markdown } from "./markdown";
import { sessionsText } from "./text";
import { useAddress } from "./useAddress";
import "./design.css";

const NAMES = { en: "English", ja: "日本語" } as const;

/** The design document, made anew, as Tenon writes it: in English or Japanese. */
export function Design({ id }: { id: string }) {
  const words = useText(sessionsText);
  const { token } = theme.useToken();
  const own = useLanguage() === "ja" ? "ja" : "en";
  const [address, change] = useAddress();
  const asked = address.get("document");
  const language = asked === "en" || asked === "ja" ? asked : own;
  const { data, error } = useQuery({
    queryKey: ["sessions", "design", id, language],
    queryFn: () => post("/sessions/{id}/design", { language }, { id }),
    // Each time it is written into a file, too.
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <Flex vertical gap={12}>
      <Flex gap={8} align="center" wrap>
        <Segmented
          aria-label={words.language}
          value={language}
          options={(["en", "ja"] as const).map((value) => ({ value, label: NAMES[value] }))}
          onChange={(value) => change({ document: value })}
        />
        {data && <CopyButton text={data.document} />}
        {data && (
          <Typography.Text type="secondary" style={{ overflowWrap: "anywhere" }}>
            {words.writtenTo} <code>{data.filepath}</code>
          </Typography.Text>
        )}
      </Flex>
      {error && <ErrorView error={error} />}
      {!data && !error && <Spin />}
      {data && (
        <article
          lang={language}
          className="design-document"
          style={{
            background: token.colorBgContainer,
            border: `1px solid ${token.colorBorderSecondary}`,
            borderRadius: token.borderRadius,
            padding: "4px 20px",
            lineHeight: 1.7,
            maxWidth: 860,
            overflowWrap: "anywhere",
          }}
        >
          <Markdown text={data.document} />
        </article>
      )}
    </Flex>
  );
}
