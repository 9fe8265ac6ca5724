import { defineText } from "../../i18n";

export const logsText = defineText({
  en: {
    search: "Search in messages", level: "Level", all: "All levels", follow: "Follow", pause: "Pause",
    newer: (count: string) => `${count} new`, download: "Download", older: "Older records",
    none: "Nothing was logged", noMatch: "No record matches",
    logged: (level: string) => `Tenon logs ${level} and graver; Settings changes that.`,
    label: "Log records", session: "Session", anySession: "Any session",
  },
  ja: {
    search: "メッセージを検索", level: "レベル", all: "すべてのレベル", follow: "追従", pause: "一時停止",
    newer: (count: string) => `新着 ${count} 件`, download: "ダウンロード", older: "以前の記録",
    none: "記録はありません", noMatch: "一致する記録がありません",
    logged: (level: string) => `${level} 以上を記録しています。設定で変更できます。`,
    label: "ログの記録", session: "セッション", anySession: "すべてのセッション",
  },
  zh: {
    search: "搜索消息", level: "级别", all: "所有级别", follow: "跟随", pause: "暂停",
    newer: (count: string) => `${count} 条新记录`, download: "下载", older: "更早的记录",
    none: "没有日志", noMatch: "没有匹配的记录",
    logged: (level: string) => `记录 ${level} 及更严重的日志，可在设置中更改。`,
    label: "日志记录", session: "会话", anySession: "所有会话",
  },
});
