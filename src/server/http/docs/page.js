// Draws /openapi.json. Everything is put in as text, never as HTML: other add-ons' words stand in it too.
"use strict";

const COMMAND = "command.";
const byId = (id) => document.getElementById(id);

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
  return made;
}

// A text with `code` in it.
function prose(text) {
  const parts = String(text || "").split("`");
  return parts.map((part, at) => (at % 2 ? element("code", {}, part) : part));
}

function nameOf(reference) {
  return reference.split("/").pop();
}

function link(name) {
  return element("a", { href: "#" + name }, name);
}

function resolved(schema, all) {
  return schema.$ref ? all[nameOf(schema.$ref)] || {} : schema;
}

// A schema's type in words, with links to what it refers to.
function kind(schema) {
  if (!schema || schema === true) return ["any"];
  if (schema.$ref) return [link(nameOf(schema.$ref))];
  const choices = schema.oneOf || schema.anyOf || schema.allOf;
  if (choices) return choices.flatMap((each, at) => (at ? [" or ", ...kind(each)] : kind(each)));
  if (schema.enum) return [schema.enum.map((each) => JSON.stringify(each)).join(", ")];
  const types = [].concat(schema.type || "any").join(" or ");
  const items = schema.items && Object.keys(schema.items).length ? [" of ", ...kind(schema.items)] : [];
  const exact = schema.minItems !== undefined && schema.minItems === schema.maxItems;
  if (exact) return [`${schema.minItems} × `, ...kind(schema.items)];
  const ranges = [
    ["minimum", "≥ "], ["exclusiveMinimum", "> "], ["maximum", "≤ "], ["exclusiveMaximum", "< "],
    ["minItems", "at least "], ["maxItems", "at most "], ["format", ""],
  ].filter(([key]) => schema[key] !== undefined).map(([key, word]) => word + schema[key]);
  return [types, ...items, ranges.length ? ` (${ranges.join(", ")})` : ""];
}

function table(heads, rows) {
  if (!rows.length) return null;
  const head = element("tr", {}, heads.map((text) => element("th", {}, text)));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, rows));
}

function row(name, must, type, about, fallback) {
  const meaning = [prose(about), fallback === undefined ? null : [about ? "; default " : "default ", element("code", {}, JSON.stringify(fallback))]];
  return element("tr", {},
    element("td", {}, element("code", {}, name), must ? element("span", { class: "must", title: "must be given" }, " *") : null),
    element("td", {}, type), element("td", {}, meaning.flat(2)));
}

// An object's members, those of what it is put together from too.
function members(schema, all) {
  if (schema.$ref) return members(resolved(schema, all), all);
  const own = Object.entries(schema.properties || {}).map(([name, each]) =>
    row(name, (schema.required || []).includes(name), kind(each), each.description, each.default));
  return (schema.allOf || []).flatMap((part) => members(part, all)).concat(own);
}

// A value such as the schema describes.
function example(schema, all, depth = 0) {
  if (!schema || depth > 5) return null;
  if (schema.$ref) return example(all[nameOf(schema.$ref)], all, depth + 1);
  for (const key of ["example", "default"]) if (schema[key] !== undefined) return schema[key];
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => example(part, all, depth)));
  const choices = schema.oneOf || schema.anyOf;
  if (choices) return example(choices.find((each) => each.type !== "null"), all, depth + 1);
  const type = [].concat(schema.type || "null")[0];
  if (type === "object") {
    const named = Object.entries(schema.properties || {});
    return Object.fromEntries(named.map(([name, each]) => [name, example(each, all, depth + 1)]));
  }
  if (type === "array") return new Array(Math.min(schema.minItems || 1, 16)).fill(example(schema.items, all, depth + 1));
  return { string: "…", number: 0.5, integer: 1, boolean: true }[type] ?? null;
}

function pretty(value) {
  return element("pre", {}, JSON.stringify(value, null, 2));
}

function route(path, method, operation, all) {
  const place = method + path;
  const media = operation.requestBody && operation.requestBody.content["application/json"];
  const body = media && media.schema;
  const parameters = (operation.parameters || []).map((each) =>
    row(each.name, each.required, [...kind(each.schema), ` in ${each.in}`], each.description));
  const responses = Object.entries(operation.responses).map(([status, each]) => {
    const content = each.content && each.content["application/json"];
    return element("tr", {}, element("td", {}, element("code", {}, status)),
      element("td", {}, content ? kind(content.schema) : ""), element("td", {}, prose(each.description)));
  });
  return element("section", { id: place },
    element("h3", {}, element("span", { class: "method " + method }, method.toUpperCase()), element("code", {}, path)),
    element("p", {}, prose(operation.summary)), operation.description ? element("p", {}, prose(operation.description)) : null,
    parameters.length ? element("h4", {}, "Parameters") : null, table(["Name", "Type", "Meaning"], parameters),
    body ? [element("h4", {}, "Body: ", kind(body)), element("p", {}, prose(resolved(body, all).description)),
      table(["Name", "Type", "Meaning"], members(body, all)),
      Object.entries(media.examples || { Example: { value: example(body, all) } }).map(([title, each]) =>
        [element("h4", {}, title), pretty(each.value)])].flat(2) : null,
    element("h4", {}, "Answers"), table(["Status", "Body", "When"], responses));
}

function shape(name, schema, all) {
  const isCommand = name.startsWith(COMMAND);
  const plain = isCommand ? name.slice(COMMAND.length) : name;
  const required = Object.entries(schema.properties || {}).filter(([key]) => (schema.required || []).includes(key));
  const params = Object.fromEntries(required.map(([key, each]) => [key, example(each, all)]));
  const shown = isCommand ? { type: plain, ...(required.length ? { params } : {}) } : example(schema, all);
  return element("section", { id: name },
    element("h3", {}, element("code", {}, plain)), element("p", {}, prose(schema.description)),
    schema.enum ? element("p", {}, kind(schema)) : null,
    table(["Name", "Type", "Meaning"], members(schema, all)),
    element("h4", {}, isCommand ? "Example: POST /mcp" : "Example"), pretty(shown));
}

function draw(description) {
  const all = description.components.schemas;
  const names = Object.keys(all);
  const groups = [["Routes", Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => route(path, method, operation, all)))]];
  groups.push(["Commands", names.filter((name) => name.startsWith(COMMAND)).map((name) => shape(name, all[name], all))]);
  groups.push(["Schemas", names.filter((name) => !name.startsWith(COMMAND)).map((name) => shape(name, all[name], all))]);
  byId("title").textContent = `${description.info.title} ${description.info.version}: HTTP API`;
  byId("about").replaceChildren(...prose(description.info.description), " ", element("a", { href: "/openapi.json" }, "openapi.json"));
  for (const [title, sections] of groups) {
    byId("main").append(element("h2", {}, title), ...sections);
    byId("contents").append(element("h2", {}, title),
      ...sections.map((each) => element("a", { href: "#" + each.id }, each.querySelector("h3").textContent.replace(/^(GET|POST|DELETE)/, "$1 "))));
  }
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

byId("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const each of document.querySelectorAll("#contents a")) each.hidden = !each.textContent.toLowerCase().includes(wanted);
});

fetch("/openapi.json").then((answer) => {
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}).then(draw).catch((error) => { byId("about").textContent = `Cannot read /openapi.json: ${error.message}`; });
