// Keys that work on every page. None while something is typed, but for Ctrl-K.
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { PAGES } from "./pages";

/** A page's own search field has this attribute: `/` goes there. */
export const SEARCH = { "data-search": "" } as const;

/** Between `g` and its letter, in ms. */
const PATIENCE = 1500;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(act: { help: () => void; palette: () => void }): void {
  const navigate = useNavigate();
  useEffect(() => {
    // When `g` was pressed: a letter long after it is a letter alone.
    let going = -Infinity;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        act.palette();
        return;
      }
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = event.timeStamp - going < PATIENCE ? PAGES.find(({ key }) => key === event.key) : undefined;
      going = event.key === "g" ? event.timeStamp : -Infinity;
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
