// What stands around every page: the menu with its counters, what Blender does, and the banner of a lost connection.
import { GlobalOutlined, LogoutOutlined, MenuOutlined, MoonOutlined } from "@ant-design/icons";
import { Alert, Badge, Button, Drawer, Dropdown, Flex, Grid, Layout, Menu, Skeleton } from "antd";
import { Suspense, useMemo, useState } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { request } from "../api/client";
import { type Language, LANGUAGES, useFormat, useText } from "../i18n";
import { socket, useConnection } from "../live";
import { useAlerts } from "../live/unread";
import { THEMES, type ThemeChoice } from "../theme";
import { BlenderState } from "./BlenderState";
import { Help } from "./Help";
import { PAGES } from "./pages";
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
  const menu = <Pages onChosen={() => setMenuOpen(false)} />;
  return (
    <Layout style={{ minHeight: "100vh" }}>
      <a href="#content" className="skip">
        {words.skip}
      </a>
      <Layout.Header style={{ display: "flex", alignItems: "center", gap: 12, lineHeight: 1.5, position: "sticky", top: 0, zIndex: 10 }}>
        {!isWide && (
          <Button type="text" icon={<MenuOutlined />} aria-label={words.openMenu} onClick={() => setMenuOpen(true)} />
        )}
        <Link to="/overview" style={{ fontWeight: 650, fontSize: 16, color: "inherit" }}>
          Tenon
        </Link>
        <div style={{ flex: 1, minWidth: 0 }}>
          <BlenderState />
        </div>
        <Switches {...choices} />
      </Layout.Header>
      <Layout>
        {isWide ? (
          <Layout.Sider width={184} theme="light" style={{ position: "sticky", top: 48, height: "calc(100vh - 48px)", overflow: "auto" }}>
            <nav aria-label={words.menu}>{menu}</nav>
          </Layout.Sider>
        ) : (
          <Drawer open={isMenuOpen} placement="left" size={240} title={words.menu} onClose={() => setMenuOpen(false)}>
            <nav aria-label={words.menu}>{menu}</nav>
          </Drawer>
        )}
        <Layout.Content id="content" tabIndex={-1} role="main" style={{ minWidth: 0, outline: "none" }}>
          <LostBanner />
          <Suspense fallback={<Skeleton active style={{ padding: 16 }} />}>
            <Outlet />
          </Suspense>
        </Layout.Content>
      </Layout>
      {open === "help" && <Help onClose={() => setOpen(undefined)} />}
      {open === "palette" && <Palette onClose={() => setOpen(undefined)} />}
    </Layout>
  );
}

function Pages({ onChosen }: { onChosen: () => void }) {
  const words = useText(appText);
  const { pathname } = useLocation();
  const { unread } = useAlerts();
  return (
    <Menu
      mode="inline"
      style={{ borderInlineEnd: 0 }}
      selectedKeys={[pathname.split("/")[1] ?? ""]}
      onClick={onChosen}
      items={PAGES.map(({ name, icon }) => ({
        key: name,
        icon,
        label: (
          <Link to={`/${name}`}>
            {words[name]}
            {name === "alerts" && unread > 0 && (
              <Badge count={unread} size="small" style={{ marginInlineStart: 8 }} title={`${unread} ${words.unread}`} />
            )}
          </Link>
        ),
      }))}
    />
  );
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

function Switches({ theme, setTheme, language, setLanguage, isSignedIn, onSignedOut }: Choices) {
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
          selectedKeys: [theme],
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
