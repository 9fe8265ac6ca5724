import type { components } from "../../api/schema";

type Schemas = components["schemas"];
export type Entry = Schemas["HistoryEntry"];
export type Hit = Schemas["Hit"];
export type Listed = Schemas["ListedSession"];
export type Info = Schemas["Session"];
