import { defineText } from "../../i18n";

export const settingsText = defineText({
  en: {
    search: "Search settings", inBlender: "Set in Blender: Preferences, Add-ons, Tenon; then connect again.",
    here: "Can be changed here, until Blender ends", others: "Set in Blender", value: "Value", setting: "Setting",
    byDefault: (value: string) => `Default: ${value}`, environment: (name: string) => `Variable: ${name}`,
    range: (from: string, to: string, unit: string) => `${from} to ${to} ${unit}`, save: "Save", reset: "Undo",
    saved: "Changed", on: "on", off: "off", none: "none", hidden: "set, not shown", onlyChanged: "Only what differs from the default",
  },
  ja: {
    search: "設定を検索", inBlender: "Blender のプリファレンス、アドオン、Tenon で設定し、接続し直してください。",
    here: "ここで変更できます（Blender の終了まで）", others: "Blender で設定", value: "値", setting: "設定",
    byDefault: (value: string) => `既定値: ${value}`, environment: (name: string) => `環境変数: ${name}`,
    range: (from: string, to: string, unit: string) => `${from} ～ ${to} ${unit}`, save: "保存", reset: "元に戻す",
    saved: "変更しました", on: "オン", off: "オフ", none: "なし", hidden: "設定済み（非表示）", onlyChanged: "既定値と異なるものだけ",
  },
  zh: {
    search: "搜索设置", inBlender: "在 Blender 的偏好设置、插件、Tenon 中设置，然后重新连接。",
    here: "可在此更改，直到 Blender 退出", others: "在 Blender 中设置", value: "值", setting: "设置",
    byDefault: (value: string) => `默认值：${value}`, environment: (name: string) => `环境变量：${name}`,
    range: (from: string, to: string, unit: string) => `${from} 到 ${to} ${unit}`, save: "保存", reset: "撤销",
    saved: "已更改", on: "开", off: "关", none: "无", hidden: "已设置，不显示", onlyChanged: "只看与默认值不同的",
  },
});
