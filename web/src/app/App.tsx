import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enGB from "antd/locale/en_GB";
import jaJP from "antd/locale/ja_JP";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useState, useSyncExternalStore } from "react";
import { BrowserRouter, Link, Navigate, Route, Routes } from "react-router";
import { TenonError, UNREACHABLE, whenUnauthorized } from "../api/client";
import { PageFrame } from "../components";
import { browserLanguage, type Language, LanguageContext, LANGUAGES, useText } from "../i18n";
import { socket } from "../live";
import { isDark, themeOf, THEMES } from "../theme";
import { Frame } from "./Frame";
import { PAGES } from "./pages";
import { usePreference } from "./preferences";
import { SignIn } from "./SignIn";
import { appText } from "./text";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What Tenon refused stays refused; a moment without an answer may be over.
      retry: (count, error) => error instanceof TenonError && error.code === UNREACHABLE && count < 2,
      refetchOnWindowFocus: true,
    },
  },
});
const LOCALES = { en: enGB, ja: jaJP, zh: zhCN };
const system = matchMedia("(prefers-color-scheme: dark)");

function useSystemDark(): boolean {
  return useSyncExternalStore(
    (changed) => {
      system.addEventListener("change", changed);
      return () => system.removeEventListener("change", changed);
    },
    () => system.matches,
  );
}

export function App() {
  const languages = Object.keys(LANGUAGES) as Language[];
  const [language, setLanguage] = usePreference("language", languages, browserLanguage());
  const [theme, setTheme] = usePreference("theme", THEMES, "system");
  const dark = isDark(theme, useSystemDark());
  const [isAsked, setAsked] = useState(false);
  // The cookie itself no script can see.
  const [signIn, setSignIn] = usePreference("signed-in", ["yes", "no"], "no");
  useEffect(() => whenUnauthorized(() => setAsked(true)), []);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  }, [language, dark]);
  const signedIn = () => {
    setAsked(false);
    setSignIn("yes");
    socket.reconnect();
    void queries.invalidateQueries();
  };
  return (
    <LanguageContext.Provider value={language}>
      {/* antd parts two characters of a button, which Japanese does not. */}
      <ConfigProvider theme={themeOf(dark)} locale={LOCALES[language]} button={{ autoInsertSpace: false }}>
        <AntApp>
          <QueryClientProvider client={queries}>
            {isAsked ? (
              <SignIn onDone={signedIn} />
            ) : (
              <BrowserRouter basename="/ui">
                <Routes>
                  <Route
                    element={
                      <Frame
                        {...{ theme, setTheme, language, setLanguage }}
                        isSignedIn={signIn === "yes"}
                        onSignedOut={() => {
                          setSignIn("no");
                          setAsked(true);
                        }}
                      />
                    }
                  >
                    <Route index element={<Navigate to="/overview" replace />} />
                    {PAGES.map(({ name, component: Page }) => (
                      <Route key={name} path={`${name}/*`} element={<Page />} />
                    ))}
                    <Route path="*" element={<NoPage />} />
                  </Route>
                </Routes>
              </BrowserRouter>
            )}
          </QueryClientProvider>
        </AntApp>
      </ConfigProvider>
    </LanguageContext.Provider>
  );
}

function NoPage() {
  const words = useText(appText);
  return (
    <PageFrame title={words.notFound}>
      <Link to="/overview">{words.toOverview}</Link>
    </PageFrame>
  );
}
