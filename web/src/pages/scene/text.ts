import { defineText } from "../../i18n";

export const sceneText = defineText({
  en: {
    search: "Search objects", objects: (count: string) => `${count} objects`, tree: "Objects", none: "The scene is empty",
    noMatch: "No object of that name", picture: "Picture", view: "View", shading: "Shading", size: "Size", follow: "Follow changes",
    refresh: "New picture", frame: "Frame", object: "Object", nothing: "Nothing is selected", hide: "Hide", show: "Show",
    selected: "selected", hidden: "hidden", facts: "Facts", of: (from: string, to: string) => `${from} to ${to}`,
    stale: "This picture is from before the last change", expand: "Open or close", everything: "All",
    viewport: "viewport", camera: "camera", front: "front", right: "right", top: "top", iso: "oblique",
    solid: "solid", material: "material", rendered: "rendered", wireframe: "wireframe",
  },
  ja: {
    search: "オブジェクトを検索", objects: (count: string) => `オブジェクト ${count} 個`, tree: "オブジェクト", none: "シーンは空です",
    noMatch: "その名前のオブジェクトはありません", picture: "画像", view: "視点", shading: "シェーディング", size: "サイズ", follow: "変更に追従",
    refresh: "画像を更新", frame: "フレーム", object: "オブジェクト", nothing: "何も選択されていません", hide: "隠す", show: "表示する",
    selected: "選択中", hidden: "非表示", facts: "詳細", of: (from: string, to: string) => `${from} ～ ${to}`,
    stale: "この画像は最後の変更より前のものです", expand: "開閉", everything: "全体",
    viewport: "ビューポート", camera: "カメラ", front: "前", right: "右", top: "上", iso: "斜め",
    solid: "ソリッド", material: "マテリアル", rendered: "レンダー", wireframe: "ワイヤーフレーム",
  },
  zh: {
    search: "搜索物体", objects: (count: string) => `${count} 个物体`, tree: "物体", none: "场景是空的",
    noMatch: "没有这个名字的物体", picture: "图片", view: "视角", shading: "着色", size: "尺寸", follow: "跟随变化",
    refresh: "更新图片", frame: "帧", object: "物体", nothing: "没有选择任何物体", hide: "隐藏", show: "显示",
    selected: "已选择", hidden: "已隐藏", facts: "详情", of: (from: string, to: string) => `${from} 到 ${to}`,
    stale: "此图片早于最后一次变化", expand: "展开或收起", everything: "全部",
    viewport: "视口", camera: "摄像机", front: "前", right: "右", top: "顶", iso: "斜视",
    solid: "实体", material: "材质", rendered: "渲染", wireframe: "线框",
  },
});
