import { defineText } from "../../i18n";

export const figuresText = defineText({
  en: {
    rate: "Messages a second, since this page was opened",
    state: "State", sessions: "Sessions kept", closed: "of them closed", entries: "History entries", tasks: "Tasks kept", scenes: "Scenes kept",
    disk: "On disk", perSession: "A session on average", entriesEach: (count: string) => `${count} entries`, unindexed: "Not searchable yet",
    waiting: "Not written yet", lost: "Could not be kept", oldest: "Oldest entry", newest: "Newest entry", path: "File",
  },
  ja: {
    rate: "毎秒のメッセージ数（このページを開いてから）",
    state: "状態", sessions: "保存セッション", closed: "うち終了済み", entries: "履歴の項目", tasks: "保存タスク", scenes: "保存シーン",
    disk: "ディスク使用量", perSession: "1 セッションの平均", entriesEach: (count: string) => `${count} 項目`, unindexed: "検索準備中",
    waiting: "書き込み待ち", lost: "保存できなかった記録", oldest: "最古の項目", newest: "最新の項目", path: "ファイル",
  },
  zh: {
    rate: "每秒消息数（自打开此页起）",
    state: "状态", sessions: "保存的会话", closed: "其中已关闭", entries: "历史条目", tasks: "保存的任务", scenes: "保存的场景",
    disk: "占用磁盘", perSession: "每个会话平均", entriesEach: (count: string) => `${count} 个条目`, unindexed: "尚不可搜索",
    waiting: "尚未写入", lost: "未能保存", oldest: "最早的条目", newest: "最新的条目", path: "文件",
  },
});
