import { defineText } from "../../i18n";

export const connectText = defineText({
  en: {
    assistants: "Connect an assistant", search: "Search assistants", place: "Put this into",
    afterwards: "Then", documentation: "Documentation", copyText: "Copy",
    tokenNote: "This Blender asks for a token: put yours where YOUR_TOKEN stands. It is in Tenon's panel and preferences; no page tells it.",
    setup: "Or let this do it for every assistant on this machine:",
    connected: "Connected now", address: "From", since: "Since", protocol: "Speaks", session: "Session",
    assistant: "Assistant", lastActivity: "Last used", nobody: "Nobody is connected but this page",
    instances: "Blenders on this machine", port: "Port", file: "File", unsaved: "not saved yet", thisOne: "this one", open: "Open its page",
    silent: "nothing yet", page: "Page", inUse: "Sessions in use",
  },
  ja: {
    assistants: "アシスタントを接続", search: "アシスタントを検索", place: "貼り付け先",
    afterwards: "その後", documentation: "公式文書", copyText: "コピー",
    tokenNote: "この Blender はトークンを求めます。YOUR_TOKEN をあなたのトークンに置き換えてください。Tenon のパネルと設定にあり、このページには表示されません。",
    setup: "このマシンの全アシスタントをまとめて設定する場合：",
    connected: "接続中", address: "接続元", since: "開始", protocol: "通信方式", session: "セッション",
    assistant: "アシスタント", lastActivity: "最終使用", nobody: "このページ以外の接続はありません",
    instances: "このマシンの Blender", port: "ポート", file: "ファイル", unsaved: "未保存", thisOne: "これ", open: "そのページを開く",
    silent: "まだなし", page: "ページ", inUse: "使用中のセッション",
  },
  zh: {
    assistants: "连接助手", search: "搜索助手", place: "粘贴到",
    afterwards: "然后", documentation: "官方文档", copyText: "复制",
    tokenNote: "此 Blender 需要令牌：请把 YOUR_TOKEN 换成您的令牌。令牌在 Tenon 的面板和偏好设置中，页面不会显示它。",
    setup: "或者用这条命令为本机的所有助手完成设置：",
    connected: "当前连接", address: "来自", since: "开始于", protocol: "协议", session: "会话",
    assistant: "助手", lastActivity: "最后使用", nobody: "除本页面外没有连接",
    instances: "本机的 Blender", port: "端口", file: "文件", unsaved: "尚未保存", thisOne: "当前", open: "打开它的页面",
    silent: "暂无", page: "页面", inUse: "使用中的会话",
  },
});
