// The scene: two thousand objects, the selection both ways, hiding, the frame, and a picture that follows.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { accessible, command, page, picture } from "./support.mjs";

const MANY = 2000;
const python = (code) => command("execute_code", { code: `import bpy\n${code}` });
const tree = (opened) => opened.getByRole("tree", { name: "Objects" });
const item = (opened, name) => opened.getByRole("treeitem").filter({ has: opened.getByText(name, { exact: true }) });
const selection = async () => JSON.stringify(await command("get_selection"));

before(async () => {
  await python(`
mesh = bpy.data.meshes.new("M")
for o in list(bpy.data.objects): bpy.data.objects.remove(o)
link = bpy.context.scene.collection.objects.link
house = bpy.data.objects.new("House", None); link(house)
for at in range(${MANY - 2}):
    o = bpy.data.objects.new(f"Part.{at:04}", mesh); link(o)
    if at < 10: o.parent = house
bpy.ops.mesh.primitive_cube_add(size=2)
bpy.context.object.name = "Seen"
bpy.ops.object.select_all(action="DESELECT")`);
});

test("the tree has them all, and is searched, opened and closed by keyboard", async (t) => {
  const opened = await page(t, "scene");
  await opened.getByText("2,000 objects").waitFor();
  await tree(opened).focus();
  await item(opened, "Part.0000").waitFor();
  await opened.keyboard.press("ArrowLeft");
  await item(opened, "Part.0000").waitFor({ state: "detached" });
  await opened.keyboard.press("ArrowRight");
  await item(opened, "Part.0000").waitFor();
  await opened.keyboard.press("End");
  await item(opened, "Seen").waitFor();
  assert.ok((await opened.getByRole("treeitem").count()) < 80, "only what is in sight is drawn");
  await opened.getByPlaceholder("Search objects").fill("part.1999");
  await opened.getByText("No object of that name").waitFor();
  await opened.getByPlaceholder("Search objects").fill("part.0003");
  await item(opened, "Part.0003").waitFor();
  assert.equal(await opened.getByRole("treeitem").count(), 2);
  assert.match(opened.url(), /q=part.0003/);
});

test("what is chosen here is selected in Blender, and the other way round", async (t) => {
  const opened = await page(t, "scene");
  await item(opened, "Part.0002").click();
  await opened.waitForSelector("[role=treeitem][aria-selected=true] >> text=Part.0002");
  assert.match(await selection(), /Part\.0002/);
  await item(opened, "Part.0005").click({ modifiers: ["Control"] });
  await opened.waitForSelector("[role=treeitem][aria-selected=true] >> text=Part.0005");
  const both = await selection();
  assert.match(both, /Part\.0002/);
  assert.match(both, /Part\.0005/);
  await picture(opened, "scene-selected");
  await accessible(opened);

  await command("select_objects", { names: ["Part.0007"], mode: "SET" });
  await opened.waitForSelector("[role=treeitem][aria-selected=true] >> text=Part.0007");
  await item(opened, "Part.0002").and(opened.locator("[aria-selected=false]")).waitFor();
  await tree(opened).focus();
  await opened.keyboard.press("Home");
  await opened.keyboard.press("Enter");
  await opened.waitForSelector("[role=treeitem][aria-selected=true] >> text=House");
  assert.match(await selection(), /House/);
});

test("an object is hidden and shown", async (t) => {
  await command("select_objects", { names: ["Seen"], mode: "SET" });
  const opened = await page(t, "scene");
  const hidden = async () => (await command("get_object", { name: "Seen" })).visible === false;
  await opened.getByRole("button", { name: "Hide", exact: true }).click();
  await opened.getByRole("button", { name: "Show", exact: true }).waitFor();
  assert.ok(await hidden());
  await opened.getByRole("button", { name: "Show", exact: true }).click();
  await opened.getByRole("button", { name: "Hide", exact: true }).waitFor();
  assert.ok(!(await hidden()));
});

test("the frame is changed by keyboard, and follows Blender's", async (t) => {
  const opened = await page(t, "scene");
  const slider = opened.getByRole("slider", { name: "Frame" });
  await opened.getByText("Frame 1 ").waitFor();
  await slider.focus();
  await opened.keyboard.press("ArrowRight");
  await opened.getByText("Frame 2 ").waitFor();
  await opened.keyboard.press("End");
  await opened.getByText("Frame 250 ").waitFor();
  for (;;) {
    const { frame } = await command("get_scene", { limit: 1 });
    if (frame === 250) break;
    assert.ok([1, 2].includes(frame), `frame ${frame}`);
  }
  await command("set_frame_range", { frame_current: 40 });
  await opened.getByText("Frame 40 ").waitFor();
  assert.equal(await slider.getAttribute("aria-valuenow"), "40");
});

test("the picture follows a change", async (t) => {
  const opened = await page(t, "scene?view=front&size=320");
  const shown = opened.getByRole("img", { name: "Picture: front" });
  const before = await shown.getAttribute("src");
  await python(`bpy.data.objects["Seen"].scale = (3, 1, 0.2)`);
  await opened.waitForFunction(
    (old) => {
      const now = document.querySelector("img[alt='Picture: front']")?.getAttribute("src");
      return now && now !== old;
    },
    before,
  );
  // Not when it may not follow: then it says that it is old, until it is asked for.
  await opened.getByText("Follow changes").click();
  await python(`bpy.data.objects["Seen"].scale = (1, 1, 3)`);
  await opened.getByText("This picture is from before the last change").waitFor();
  await opened.getByRole("button", { name: "New picture" }).click();
  await opened.getByText("This picture is from before the last change").waitFor({ state: "detached" });
});
