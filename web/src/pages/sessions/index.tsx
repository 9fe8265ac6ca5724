import { Route, Routes } from "react-router";
import { loaded } from "../../components/loaded";
import { List } from "./List";

const One = loaded(() => import("./One"));
const Compare = loaded(() => import("./Compare"));

export default function Sessions() {
  return (
    <Routes>
      <Route index element={<List />} />
      <Route path="compare" element={<Compare />} />
      <Route path=":id" element={<One />} />
    </Routes>
  );
}
