// What stands around every page: the menu with its counters, what Blender does, and the banner of a lost connection.
import { GlobalOutlined, LogoutOutlined, MenuOutlined, MoonOutlined, SearchOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Badge, Button, Drawer, Dropdown, Flex, Grid, Layout, Menu, Skeleton, theme } from "antd";
import { Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { request } from "../api/client";
import { type Language, LANGUAGES, useFormat, useText } from "../i18n";
import { socket, useConnection } from "../live";
import { useFailed } from "../live/failed";
import { useAlerts } from "../live/unread";
import { THEMES, type ThemeChoice } from "../theme";
import { BlenderState } from "./BlenderState";
import { Guard } from "./Guard";
import { Help } from "./Help";
import { type PageName, PAGES } from "./pages";
import { Palette } from "./Palette";
import { useShortcuts } from "./shortcuts";
import { appText } from "./text";

export interface Choices {
  theme: ThemeChoice;
  setTheme: (theme: ThemeChoice) => void;
  language: Language;
  setLanguage: (language: Language) => void;
  isSignedIn: boolean;
  onSignedOut: () => void;
}

export function Frame(choices: Choices) {
  const words = useText(appText);
  const isWide = Grid.useBreakpoint().lg ?? true;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [open, setOpen] = useState<"help" | "palette">();
  const actions = useMemo(() => ({ help: () => setOpen("help"), palette: () => setOpen("palette") }), []);
  useShortcuts(actions);
  useFreshAfterLoss();
  const { token } = theme.useToken();
  const { pathname } = useLocation();
  const line = `1px solid ${token.colorBorderSecondary}`;
  const menu = <Pages onChosen={() => setMenuOpen(false)} />;
  return (
    <Layout style={{ minHeight: "100vh" }}>
      <a href="#content" className="skip">
        {words.skip}
      </a>
      <Layout.Header style={{ display: "flex", alignItems: "center", gap: 12, lineHeight: 1.5, position: "sticky", top: 0, zIndex: 10, borderBlockEnd: line }}>
        {!isWide && (
          <Button type="text" icon={<MenuOutlined />} aria-label={words.openMenu} onClick={() => setMenuOpen(true)} />
        )}
        <Link to="/overview" style={{ fontWeight: 650, fontSize: 16, color: "inherit" }}>
          Tenon
        </Link>
        <div style={{ flex: 1, minWidth: 0 }}>
          <BlenderState />
        </div>
        <Button
          type={isWide ? "default" : "text"}
          icon={<SearchOutlined aria-hidden />}
          {...(isWide ? {} : { "aria-label": words.palette })}
          title={words.palette}
          onClick={actions.palette}
        >
          {isWide && <kbd>Ctrl K</kbd>}
        </Button>
        <Switches {...choices} />
      </Layout.Header>
      <Layout>
        {isWide ? (
          <Layout.Sider width={184} theme="light" style={{ position: "sticky", top: 48, height: "calc(100vh - 48px)", overflow: "auto", borderInlineEnd: line, paddingBlock: 8 }}>
            <nav aria-label={words.menu}>{menu}</nav>
          </Layout.Sider>
        ) : (
          <Drawer open={isMenuOpen} placement="left" size={240} title={words.menu} styles={{ body: { padding: "8px 0" } }} onClose={() => setMenuOpen(false)}>
            <nav aria-label={words.menu}>{menu}</nav>
          </Drawer>
        )}
        <Layout.Content id="content" tabIndex={-1} role="main" style={{ minWidth: 0, outline: "none" }}>
          <LostBanner />
          <AsOf>
            <Guard at={pathname}>
              <Suspense fallback={<Skeleton active style={{ padding: 16 }} />}>
                <Outlet />
              </Suspense>
            </Guard>
          </AsOf>
        </Layout.Content>
      </Layout>
      {open === "help" && <Help onClose={() => setOpen(undefined)} />}
      {open === "palette" && <Palette onClose={() => setOpen(undefined)} />}
    </Layout>
  );
}

/** What was read before the connection was lost may be of another Blender by now: all of it is read again. */
function useFreshAfterLoss(): void {
  const queries = useQueryClient();
  const { state } = useConnection();
  const wasLost = useRef(false);
  useEffect(() => {
    if (state === "live" && wasLost.current) void queries.invalidateQueries();
    wasLost.current = state === "lost";
  }, [state, queries]);
}

function Pages({ onChosen }: { onChosen: () => void }) {
  const words = useText(appText);
  const { pathname } = useLocation();
  const { unread } = useAlerts();
  const failed = useFailed();
  const counters: Partial<Record<PageName, { count: number; to: string; told: string }>> = {
    alerts: { count: unread, to: "/alerts", told: words.unread },
    queue: { count: failed, to: "/queue?status=failed", told: words.failed },
  };
  return (
    <Menu
      mode="inline"
      inlineIndent={12}
      style={{ borderInlineEnd: 0 }}
      selectedKeys={[pathname.split("/")[1] ?? ""]}
      onClick={onChosen}
      items={PAGES.map(({ name, icon }) => {
        const { count = 0, to = "", told = "" } = counters[name] ?? {};
        return {
          key: name,
          icon,
          label: (
            <Flex justify="space-between">
              <Link to={`/${name}`}>{words[name]}</Link>
              {count > 0 && (
                <Link to={to} className="counter" aria-label={`${count} ${told}`}>
                  <Badge count={count} size="small" title={`${count} ${told}`} />
                </Link>
              )}
            </Flex>
          ),
        };
      })}
    />
  );
}

/** While the connection is lost, all numbers are of then, and look like it. */
function AsOf({ children }: { children: React.ReactNode }) {
  const isLost = useConnection().state === "lost";
  return <div {...(isLost ? { "data-lost": "" } : {})}>{children}</div>;
}

function LostBanner() {
  const words = useText(appText);
  const format = useFormat();
  const connection = useConnection();
  if (connection.state !== "lost") return null;
  return (
    <Alert
      banner
      type="error"
      role="alert"
      title={words.lost(format.clock(connection.since))}
      action={
        <Button size="small" onClick={() => socket.reconnect()}>
          {words.reconnect}
        </Button>
      }
    />
  );
}

function Switches({ theme: chosen, setTheme, language, setLanguage, isSignedIn, onSignedOut }: Choices) {
  const words = useText(appText);
  const themes: Record<ThemeChoice, string> = {
    system: words.themeSystem,
    light: words.themeLight,
    dark: words.themeDark,
  };
  return (
    <Flex>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [language],
          items: Object.entries(LANGUAGES).map(([key, label]) => ({ key, label: <span lang={key}>{label}</span> })),
          onClick: ({ key }) => setLanguage(key as Language),
        }}
      >
        <Button type="text" icon={<GlobalOutlined />} aria-label={words.language} title={words.language} />
      </Dropdown>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [chosen],
          items: THEMES.map((key) => ({ key, label: themes[key] })),
          onClick: ({ key }) => setTheme(key as ThemeChoice),
        }}
      >
        <Button type="text" icon={<MoonOutlined />} aria-label={words.theme} title={words.theme} />
      </Dropdown>
      {isSignedIn && (
        <Button
          type="text"
          icon={<LogoutOutlined />}
          aria-label={words.signOut}
          title={words.signOut}
          onClick={() => void request("POST", "/sign-out", {}).then(onSignedOut)}
        />
      )}
    </Flex>
  );
}
