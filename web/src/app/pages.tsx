// The pages, in the order of the menu. Each is a file of its own, loaded when it is first looked at.
import {
  ApiOutlined, AppstoreOutlined, BarChartOutlined, BellOutlined, CodeOutlined, DashboardOutlined, FileTextOutlined,
  HistoryOutlined, SettingOutlined, UnorderedListOutlined,
} from "@ant-design/icons";
import type { ComponentType, ReactNode } from "react";
import { loaded } from "../components/loaded";

export interface Page {
  name: PageName;
  icon: ReactNode;
  /** Behind `g`. */
  key: string;
  component: ComponentType;
}

export type PageName =
  | "overview" | "queue" | "sessions" | "scene" | "console" | "alerts" | "logs" | "statistics" | "connect" | "settings";

export const PAGES: readonly Page[] = [
  { name: "overview", key: "o", icon: <DashboardOutlined />, component: loaded(() => import("../pages/overview")) },
  { name: "queue", key: "q", icon: <UnorderedListOutlined />, component: loaded(() => import("../pages/queue")) },
  { name: "sessions", key: "s", icon: <HistoryOutlined />, component: loaded(() => import("../pages/sessions")) },
  { name: "scene", key: "v", icon: <AppstoreOutlined />, component: loaded(() => import("../pages/scene")) },
  { name: "console", key: "c", icon: <CodeOutlined />, component: loaded(() => import("../pages/console")) },
  { name: "alerts", key: "a", icon: <BellOutlined />, component: loaded(() => import("../pages/alerts")) },
  { name: "logs", key: "l", icon: <FileTextOutlined />, component: loaded(() => import("../pages/logs")) },
  { name: "statistics", key: "t", icon: <BarChartOutlined />, component: loaded(() => import("../pages/statistics")) },
  { name: "connect", key: "n", icon: <ApiOutlined />, component: loaded(() => import("../pages/connect")) },
  { name: "settings", key: "e", icon: <SettingOutlined />, component: loaded(() => import("../pages/settings")) },
];
