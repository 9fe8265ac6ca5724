// Keys that work on every page. None while something is typed, but for Ctrl-K.
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { PAGES } from "./pages";

/** A page's own search field has this attribute: `/` goes there. */
export const SEARCH = { "data-search": "" } as const;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(act: { help: () => void; palette: () => void }): void {
  const navigate = useNavigate();
  useEffect(() => {
    let isGoing = false;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        act.palette();
        return;
      }
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = isGoing ? PAGES.find(({ key }) => key === event.key) : undefined;
      isGoing = event.key === "g";
      if (page) void navigate(`/${page.name}`);
      else if (event.key === "?") act.help();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-search] input, input[data-search]");
        if (!field) return;
        field.focus();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate, act]);
}
