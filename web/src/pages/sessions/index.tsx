import { lazy } from "react";
import { Route, Routes } from "react-router";
import { List } from "./List";

const One = lazy(() => import("./One"));
const Compare = lazy(() => import("./Compare"));

export default function Sessions() {
  return (
    <Routes>
      <Route index element={<List />} />
      <Route path="compare" element={<Compare />} />
      <Route path=":id" element={<One />} />
    </Routes>
  );
}
