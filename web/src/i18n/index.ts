// Words in three languages. Each part of the page declares its own with `defineText`; the compiler holds every language
// to the keys of the English one. A word is a text, or a function of what it speaks of.
import { createContext, useContext } from "react";

export const LANGUAGES = { en: "English", ja: "日本語", zh: "中文" } as const;
export type Language = keyof typeof LANGUAGES;

// `never` lets a function of any arguments be a word.
type Word = string | ((...told: never[]) => string);
export type Words = Readonly<Record<string, Word>>;
/** The same keys, each with a text where English has one, or a function of the same arguments. */
type SameAs<T extends Words> = {
  readonly [K in keyof T]: T[K] extends (...told: infer A) => string ? (...told: A) => string : string;
};
export type Text<T extends Words> = Readonly<Record<Language, SameAs<T>>>;

export function defineText<const T extends Words>(text: {
  en: T;
  ja: SameAs<T>;
  zh: SameAs<T>;
}): Text<T> {
  // What `const` keeps of the English words is more than anybody needs.
  return text as unknown as Text<T>;
}

/** The browser's language, if it is one of ours. */
export function browserLanguage(wanted: readonly string[] = navigator.languages): Language {
  for (const tag of wanted) {
    const found = tag.slice(0, 2).toLowerCase();
    if (found in LANGUAGES) return found as Language;
  }
  return "en";
}

export const LanguageContext = createContext<Language>("en");

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

export function useText<T extends Words>(text: Text<T>): SameAs<T> {
  return text[useLanguage()];
}

const LOCALES: Record<Language, string> = { en: "en-GB", ja: "ja-JP", zh: "zh-CN" };

export interface Format {
  number(value: number, digits?: number): string;
  /** Hours, minutes, seconds of this machine's clock. */
  clock(seconds: number): string;
  /** Date and time, for what is not of today. */
  moment(seconds: number): string;
  /** With the zone, for whoever hovers. */
  zoned(seconds: number): string;
  duration(seconds: number): string;
  bytes(value: number): string;
}

const formats = new Map<Language, Format>();

/** Times are Unix seconds, as everywhere in Tenon. */
export function formatOf(language: Language): Format {
  const known = formats.get(language);
  if (known) return known;
  const locale = LOCALES[language];
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", hour12: false });
  const zoned = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long", hour12: false });
  const number = (value: number, digits = 0) =>
    value.toLocaleString(locale, { maximumFractionDigits: digits, minimumFractionDigits: 0 });
  const made: Format = {
    number,
    clock: (seconds) => clock.format(seconds * 1000),
    moment: (seconds) => moment.format(seconds * 1000),
    zoned: (seconds) => zoned.format(seconds * 1000),
    duration: (seconds) => durationText(seconds, number),
    bytes: (value) => bytesText(value, number),
  };
  formats.set(language, made);
  return made;
}

export function useFormat(): Format {
  return formatOf(useLanguage());
}

/** SI units are the same in all three languages. */
export function durationText(seconds: number, number: Format["number"]): string {
  if (seconds === 0) return "< 1 ms";
  if (seconds < 1e-3) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3, seconds < 0.1 ? 1 : 0)} ms`;
  if (seconds < 60) return `${number(seconds, 1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

export function bytesText(value: number, number: Format["number"]): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${number(value, value < 10 && at > 0 ? 1 : 0)} ${units[at]}`;
}
