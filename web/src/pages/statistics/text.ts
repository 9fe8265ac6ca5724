import { defineText } from "../../i18n";

export const statisticsText = defineText({
  en: {
    channels: "Notification channels", channel: "Channel", subscribers: "Subscribers", sent: "Messages handed to clients",
    dropped: "Events that came too fast to be handed on", everConnected: "Clients since the start", clients: "Clients now", noChannels: "Nobody listens to any channel",
    store: "What is kept", noStore: "Sessions are not kept (Keep Sessions is off)", pool: "Readers of the store", poolHelp: "Threads that answer questions about what is kept: hired when questions wait, gone when nobody asks.",
    poolNow: (size: string) => `${size} now`, when: "When", from: "From", to: "To", why: "Why", load: "Load", noPool: "No change since this page listens, or in the last five minutes before",
    searches: "Searches", query: "Searched for", state: "State", noSearches: "Nobody searches. Searches over histories, the dictionary, Blender's reference and names show here.",
    commands: "Commands since the start", command: "Command", count: "Times", failed: "Failed", total: "Together", mean: "Mean", share: "Of all time", noCommands: "No command yet",
    search: "Search commands", window: "The last 15 minutes", latency: "Accepted to ended", run: "Run", ended: "ended", native: "answered without Blender", prometheus: "The same for Prometheus",
  },
  ja: {
    channels: "通知チャンネル", channel: "チャンネル", subscribers: "購読者", sent: "クライアントに渡したメッセージ",
    dropped: "速すぎて渡せなかったイベント", everConnected: "開始からのクライアント", clients: "現在のクライアント", noChannels: "どのチャンネルも購読されていません",
    store: "保存されているもの", noStore: "セッションは保存されていません（「Keep Sessions」がオフ）", pool: "保存先の読み取りスレッド", poolHelp: "保存内容への問い合わせに答えるスレッドです。問い合わせが待つと増え、なくなると減ります。",
    poolNow: (size: string) => `現在 ${size}`, when: "時刻", from: "変更前", to: "変更後", why: "理由", load: "負荷", noPool: "このページを開いてから、またはその前の 5 分間、変化はありません",
    searches: "検索", query: "検索語", state: "状態", noSearches: "検索は行われていません。履歴・辞書・Blender の API・名前の検索がここに表示されます。",
    commands: "開始からのコマンド", command: "コマンド", count: "回数", failed: "失敗", total: "合計", mean: "平均", share: "全体に占める割合", noCommands: "コマンドはまだありません",
    search: "コマンドを検索", window: "直近 15 分間", latency: "受付から終了まで", run: "実行", ended: "件終了", native: "件は Blender を使わずに応答", prometheus: "Prometheus 用",
  },
  zh: {
    channels: "通知频道", channel: "频道", subscribers: "订阅者", sent: "发给客户端的消息",
    dropped: "来得太快未能转发的事件", everConnected: "启动以来的客户端", clients: "当前客户端", noChannels: "没有人订阅任何频道",
    store: "已保存的内容", noStore: "会话没有保存（“Keep Sessions”已关闭）", pool: "存储的读取线程", poolHelp: "回答有关已保存内容的问题的线程：有问题等待时增加，无人询问时减少。",
    poolNow: (size: string) => `当前 ${size}`, when: "时间", from: "从", to: "到", why: "原因", load: "负载", noPool: "自打开本页以来，或此前五分钟内没有变化",
    searches: "搜索", query: "搜索内容", state: "状态", noSearches: "没有人在搜索。对历史、词典、Blender 参考和名称的搜索会显示在这里。",
    commands: "启动以来的命令", command: "命令", count: "次数", failed: "失败", total: "合计", mean: "平均", share: "占总时间", noCommands: "还没有命令",
    search: "搜索命令", window: "最近 15 分钟", latency: "从接受到结束", run: "运行", ended: "项结束", native: "项不经过 Blender", prometheus: "供 Prometheus 使用",
  },
});
