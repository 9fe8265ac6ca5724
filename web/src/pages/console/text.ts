import { defineText } from "../../i18n";

export const consoleText = defineText({
  en: {
    sentence: "Sentence", command: "Command", python: "Python",
    say: "Say what to do, in English, Japanese or Chinese", sayExample: "make a red cube 2 m wide and put a sphere on it",
    run: "Run", plan: "Only show the plan", choose: "Choose a command", code: "Python code",
    noCode: "Clients may not run Python code here. The user sets this in Blender.",
    raw: "Parameters as JSON", notJson: "This is not a JSON object", asCurl: "curl", asPython: "Python", sameAs: "The same from elsewhere",
    replies: "Replies", noReplies: "What is run here is answered here", clear: "Clear", took: "took", waiting: "waiting for Blender",
    task: "task", printed: "Printed", understood: "Understood as", notes: "Notes", again: "Use again", stop: "Stop",
  },
  ja: {
    sentence: "文", command: "コマンド", python: "Python",
    say: "日本語・英語・中国語で指示してください", sayExample: "幅2mの赤い立方体を作って、その上に球を置いて",
    run: "実行", plan: "計画だけを表示", choose: "コマンドを選択", code: "Python コード",
    noCode: "ここではクライアントは Python コードを実行できません。Blender で使用者が決めます。",
    raw: "パラメータ（JSON）", notJson: "JSON オブジェクトではありません", asCurl: "curl", asPython: "Python", sameAs: "他の場所から同じことをするには",
    replies: "応答", noReplies: "ここで実行した結果が表示されます", clear: "消去", took: "所要時間", waiting: "Blender を待っています",
    task: "タスク", printed: "出力", understood: "解釈", notes: "注記", again: "もう一度使う", stop: "中止",
  },
  zh: {
    sentence: "语句", command: "命令", python: "Python",
    say: "用中文、英文或日文说出要做什么", sayExample: "创建一个2米宽的红色立方体，在上面放一个球体",
    run: "运行", plan: "只显示计划", choose: "选择命令", code: "Python 代码",
    noCode: "此处客户端不能运行 Python 代码。由用户在 Blender 中设置。",
    raw: "参数（JSON）", notJson: "这不是 JSON 对象", asCurl: "curl", asPython: "Python", sameAs: "从别处做同样的事",
    replies: "回复", noReplies: "在此运行的结果会显示在这里", clear: "清除", took: "用时", waiting: "正在等待 Blender",
    task: "任务", printed: "输出", understood: "理解为", notes: "备注", again: "再次使用", stop: "停止",
  },
});
