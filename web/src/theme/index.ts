// Light and dark, and the few tokens that differ from antd's own: dense, calm, one accent.
import { theme, type ThemeConfig } from "antd";

export const THEMES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];

export function isDark(choice: ThemeChoice, system: boolean): boolean {
  return choice === "dark" || (choice === "system" && system);
}

export function themeOf(dark: boolean): ThemeConfig {
  const panel = dark ? "#17181b" : "#ffffff";
  const accent = dark ? "#ff922b" : "#b8470c";
  return {
    algorithm: dark ? [theme.darkAlgorithm, theme.compactAlgorithm] : [theme.defaultAlgorithm, theme.compactAlgorithm],
    token: {
      colorPrimary: accent,
      // antd's own are too faint behind a button's words.
      colorPrimaryHover: dark ? "#ffa94d" : "#9c3a08",
      colorPrimaryActive: dark ? "#e8801f" : "#7d2e05",
      colorInfo: dark ? "#4dabf7" : "#1864ab",
      colorLink: dark ? "#74c0fc" : "#1864ab",
      colorSuccess: dark ? "#51cf66" : "#2b7a3b",
      colorWarning: dark ? "#fcc419" : "#946200",
      colorError: dark ? "#ff8787" : "#c92a2a",
      colorTextDescription: dark ? "#a6a7ab" : "#5c5f66",
      colorTextPlaceholder: dark ? "#909296" : "#6b6e75",
      colorTextSecondary: dark ? "#b5b6ba" : "#52555b",
      colorTextTertiary: dark ? "#a6a7ab" : "#5c5f66",
      borderRadius: 6,
      fontSize: 14,
      motionDurationMid: "0.1s",
      fontFamily:
        "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans JP', 'Noto Sans SC', 'Hiragino Sans', 'Yu Gothic UI', 'Microsoft YaHei', sans-serif",
      fontFamilyCode: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
      ...(dark
        ? {
            // Named one by one: what antd makes of a dark base alone is bluish where things lie above each other.
            colorBgLayout: "#101113", colorBgContainer: "#17181b", colorBgElevated: "#1f2124",
            colorBorder: "#3a3d42", colorBorderSecondary: "#2a2c30",
            controlItemBgActive: "#33291f", controlItemBgActiveHover: "#3d3124",
          }
        : {
            colorBgLayout: "#f4f5f7", colorBorderSecondary: "#e4e6ea",
            // antd mixes greys from dark colours, on which they cannot be read themselves.
            colorSuccessBg: "#ebfbee", colorSuccessBorder: "#8ce99a", colorWarningBg: "#fff8e1", colorWarningBorder: "#ffd43b",
            colorErrorBg: "#fff0f0", colorErrorBorder: "#ffa8a8", colorInfoBg: "#e7f2fb",
            controlItemBgActive: "#fcebe0", controlItemBgActiveHover: "#f9dfcf",
          }),
    },
    components: {
      Layout: { headerHeight: 48, headerPadding: "0 16px", siderBg: panel, headerBg: panel },
      Menu: {
        itemBg: "transparent", subMenuItemBg: "transparent", itemHeight: 32, itemMarginInline: 8, itemMarginBlock: 2,
        itemSelectedBg: dark ? "#26282c" : "#eef0f3", itemSelectedColor: accent,
      },
      // White on the dark theme's bright accent would be too faint to read.
      ...(dark ? { Button: { primaryColor: "#141517" }, Badge: { colorTextLightSolid: "#141517" } } : {}),
    },
  };
}
