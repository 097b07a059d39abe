/** The description of the admin API, from the same table that mounts it. */
import type { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import type { AdminRoute } from "./route.ts";
import { ROUTES } from "./table.ts";

const BASE = "/admin/v1";

/** Paths of the admin API; `failures` are the answers that every route may give. */
export function adminPaths(
  failures: NonNullable<ZodOpenApiOperationObject["responses"]>,
): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of ROUTES) {
    const path = BASE + route.path.replace(/:([a-z]+)(?:\{\.\+\})?/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, failures) };
  }
  return paths;
}

function operation(
  route: AdminRoute,
  failures: NonNullable<ZodOpenApiOperationObject["responses"]>,
): ZodOpenApiOperationObject {
  const names = [...route.path.matchAll(/:([a-z]+)/g)].flatMap(([, name]) => name ?? []);
  const parameters = names.map((name) => ({
    ...{ in: "path", name, required: true, schema: { type: "string" } },
  }));
  const type = route.answerType ?? "application/json";
  return {
    summary: route.summary,
    tags: ["admin"],
    security: route.guard === "login" ? [] : [{ bearer: [] }, { session: [] }],
    ...(parameters.length > 0 ? { parameters: parameters as never } : {}),
    ...(route.query ? { requestParams: { query: route.query as z.ZodObject } } : {}),
    ...(route.body
      ? { requestBody: { required: true, content: { "application/json": { schema: route.body } } } }
      : {}),
    responses: {
      "200": { description: route.summary, content: { [type]: { schema: route.answer } } },
      ...failures,
    },
  };
}

/** How an admin's session is carried: a cookie, `th_admin` on plain loopback. */
export const SESSION_SCHEME = { type: "apiKey", in: "cookie", name: "__Host-th_admin" } as const;
