/** Reads an OpenAPI 3.1 document as its specification describes it, and says what is wrong with it. */

type Node = Readonly<Record<string, unknown>>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const SCHEMA_TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];

function nodeOf(value: unknown): Node {
  return typeof value === "object" && value !== null ? (value as Node) : {};
}

function entriesOf(value: unknown): [string, Node][] {
  return Object.entries(nodeOf(value)).map(([key, inner]) => [key, nodeOf(inner)]);
}

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Of the path itself; its parameters are shared. */
  readonly item: Node;
  readonly operation: Node;
}

function allOperations(document: Node): Operation[] {
  return entriesOf(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({
      method: method.toUpperCase(),
      path,
      item,
      operation: nodeOf(item[method]),
    })),
  );
}

/** `POST /v1/chat` and so on. */
export function operationsOf(document: Node): string[] {
  return allOperations(document).map(({ method, path }) => `${method} ${path}`);
}

/** Content types of a response of `POST /v1/chat` and so on, each with the names of its schemas. */
export function contentOf(document: Node, at: { operation: string; status: string }): object {
  const found = allOperations(document).find((one) => `${one.method} ${one.path}` === at.operation);
  const response = nodeOf(nodeOf(found?.operation.responses)[at.status]);
  return Object.fromEntries(
    entriesOf(response.content).map(([type, { schema }]) => [type, namesOf(schema)]),
  );
}

function namesOf(schema: unknown): string[] {
  const references = walk(schema).flatMap(({ node }) => (node.$ref ? [String(node.$ref)] : []));
  return references.map((reference) => reference.split("/").at(-1) ?? "").sort();
}

/** Names of all properties of all schemas. */
export function propertiesOf(document: Node): string[] {
  return walk(document).flatMap(({ node }) => Object.keys(nodeOf(node.properties)));
}

/** One line per violation; empty: valid as far as this document's features go. */
export function problemsOf(document: Node): string[] {
  const info = nodeOf(document.info);
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  must(/^3\.1\.\d+$/.test(String(document.openapi)), "openapi is no 3.1 version");
  must(typeof info.title === "string", "info.title is missing");
  must(typeof info.version === "string", "info.version is missing");
  const schemes = nodeOf(nodeOf(document.components).securitySchemes);
  const checkSecurity = (where: string, security: unknown) => {
    if (security === undefined) return;
    must(Array.isArray(security), `${where}: security is no list`);
    for (const name of [security].flat().flatMap((one) => Object.keys(nodeOf(one)))) {
      must(name in schemes, `${where}: no security scheme ${name}`);
    }
  };
  checkSecurity("document", document.security);
  for (const [name, { type, scheme, in: place, name: header }] of entriesOf(schemes)) {
    const whole = type === "http" ? scheme : type === "apiKey" ? place && header : undefined;
    must(typeof whole === "string", `security scheme ${name} is incomplete`);
  }
  for (const { method, path, item, operation } of allOperations(document)) {
    const where = `${method} ${path}`;
    must(path.startsWith("/"), `${where}: the path has no leading slash`);
    checkSecurity(where, operation.security);
    problems.push(
      ...responseProblems(where, operation),
      ...parameterProblems(path, item, operation),
    );
    if (operation.requestBody) {
      must(hasContent(operation.requestBody), `${where}: the request body has no content`);
    }
  }
  return [...problems, ...nodeProblems(document)];
}

function hasContent(body: unknown): boolean {
  const contents = entriesOf(nodeOf(body).content);
  return (
    contents.length > 0 && contents.every(([type, { schema }]) => type.includes("/") && !!schema)
  );
}

function responseProblems(where: string, operation: Node): string[] {
  const responses = entriesOf(operation.responses);
  if (responses.length === 0) return [`${where}: no responses`];
  return responses.flatMap(([status, { description }]) => [
    ...(/^(?:[1-5](?:\d\d|XX)|default)$/.test(status) ? [] : [`${where}: status ${status}`]),
    ...(typeof description === "string" ? [] : [`${where}: ${status} has no description`]),
  ]);
}

/** Every `{name}` of the path has its parameter and the other way round. */
function parameterProblems(path: string, item: Node, operation: Node): string[] {
  const given = [item.parameters, operation.parameters].flatMap((list) =>
    Array.isArray(list) ? list.map(nodeOf) : [],
  );
  const problems = given
    .filter((one) => typeof one.name !== "string" || !one.schema)
    .map(() => `${path}: a parameter lacks its name or schema`);
  const inPath = given.filter((one) => one.in === "path");
  const declared = inPath.filter((one) => one.required === true).map((one) => String(one.name));
  const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => String(name));
  if (declared.sort().join() !== named.sort().join() || inPath.length !== named.length) {
    problems.push(`${path}: its parameters are ${declared.join()}`);
  }
  return problems;
}

interface Visited {
  readonly at: string;
  readonly node: Node;
}

function walk(value: unknown, at = "#"): Visited[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.entries(value).flatMap(([key, inner]) => walk(inner, `${at}/${key}`));
  return [{ at, node: value as Node }, ...below];
}

/** References that lead nowhere, and schemas that are none. */
function nodeProblems(document: Node): string[] {
  return walk(document).flatMap(({ at, node }) => {
    const { $ref: ref, type, required, properties } = node;
    if (typeof ref === "string") {
      const steps = ref.replace(/^#\//, "").split("/");
      const found = steps.reduce<unknown>((inner, step) => nodeOf(inner)[step], document);
      if (found === undefined) return [`${at}: ${ref} leads nowhere`];
    }
    if (properties === undefined) return [];
    const isObject = type === "object" || (Array.isArray(type) && type.includes("object"));
    const known = [type].flat().every((one) => SCHEMA_TYPES.includes(String(one)));
    const absent = [required ?? []].flat().filter((name) => !(String(name) in nodeOf(properties)));
    return [
      ...(isObject && known ? [] : [`${at}: has properties and is no object`]),
      ...absent.map((name) => `${at}: requires ${name}, which it does not describe`),
    ];
  });
}
