import { CaretDownOutlined, CaretRightOutlined } from "@ant-design/icons";
import { Typography, theme } from "antd";
import { useState } from "react";
import { VirtualList } from "../../components";
import { useText } from "../../i18n";
import { sceneText } from "./text";
import type { Row } from "./hierarchy";

const ROW = 28;

/** A tree of any length. Arrows move and open, Enter selects, with Ctrl or Shift beside what is selected. */
export function Tree({
  rows,
  selected,
  active,
  onToggle,
  onSelect,
}: {
  rows: readonly Row[];
  selected: ReadonlySet<string>;
  active: string | null;
  onToggle: (name: string) => void;
  onSelect: (name: string, isAlso: boolean) => void;
}) {
  const words = useText(sceneText);
  const { token } = theme.useToken();
  const [at, setAt] = useState(0);
  const here = Math.min(at, rows.length - 1);
  const press = (event: React.KeyboardEvent) => {
    const row = rows[here];
    if (!row) return;
    if (event.key === "ArrowDown") setAt(Math.min(here + 1, rows.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(here - 1, 0));
    else if (event.key === "Home") setAt(0);
    else if (event.key === "End") setAt(rows.length - 1);
    else if (event.key === "ArrowRight" && row.isOpen === false) onToggle(row.name);
    else if (event.key === "ArrowLeft" && row.isOpen === true) onToggle(row.name);
    else if (event.key === "Enter" || event.key === " ") onSelect(row.name, event.ctrlKey || event.metaKey || event.shiftKey);
    else return;
    event.preventDefault();
  };
  return (
    <VirtualList
      role="tree"
      aria-label={words.tree}
      aria-multiselectable
      aria-activedescendant={rows.length > 0 ? `object-${here}` : undefined}
      tabIndex={0}
      onKeyDown={press}
      rows={rows}
      rowHeight={ROW}
      height="min(60vh, 640px)"
      reveal={here}
      row={(row, index) => {
        const isSelected = selected.has(row.name);
        return (
          <div
            id={`object-${index}`}
            role="treeitem"
            aria-level={row.depth + 1}
            aria-selected={isSelected}
            {...(row.isOpen === undefined ? {} : { "aria-expanded": row.isOpen })}
            onClick={(event) => {
              setAt(index);
              onSelect(row.name, event.ctrlKey || event.metaKey || event.shiftKey);
            }}
            style={{
              display: "flex",
              alignItems: "center",
              gap: 4,
              height: ROW,
              paddingInlineStart: 8 + row.depth * 16,
              cursor: "pointer",
              whiteSpace: "nowrap",
              background: isSelected ? token.controlItemBgActive : undefined,
              outline: index === here ? `1px solid ${token.colorPrimaryBorder}` : undefined,
              outlineOffset: -1,
            }}
          >
            <span
              aria-hidden
              style={{ width: 16 }}
              onClick={(event) => {
                event.stopPropagation();
                onToggle(row.name);
              }}
            >
              {row.isOpen === undefined ? null : row.isOpen ? <CaretDownOutlined /> : <CaretRightOutlined />}
            </span>
            <span style={{ overflow: "hidden", textOverflow: "ellipsis", fontWeight: row.name === active ? 600 : 400 }}>
              {row.name}
            </span>
            <Typography.Text type="secondary" style={{ marginInlineStart: "auto", paddingInline: 8, fontSize: 12 }}>
              {row.type.toLowerCase()}
            </Typography.Text>
          </div>
        );
      }}
    />
  );
}
