/** What a request says of the shape of its answer, in the envelope and in orchestration. */
import { z } from "zod";
import type { OutputShape } from "../asks/shape.ts";
import { TokenhubError } from "../errors.ts";
import type { OrchestrationGiven } from "../orchestration.ts";
import { OUTPUT_FORMS } from "../output-form.ts";
import { compileSchema, readSchema, type Validator } from "../schema.ts";
import { canonical } from "../schema-run.ts";

/** A JSON Schema as an object or as JSON text; what it says is checked when it is compiled. */
export const outputSchemaShape = z
  .union([z.record(z.string(), z.unknown()), z.string()])
  .meta({ description: "JSON Schema of the answer, as an object or as JSON text." });

/** `output_format` of the envelope. */
export const outputFormatShape = z.strictObject({
  type: z.enum(OUTPUT_FORMS).meta({ description: "The form that the answer must have." }),
  schema: outputSchemaShape.optional(),
  max_tokens: z.int().min(1).optional().meta({ description: "Most tokens of the answer." }),
  strip_think: z
    .boolean()
    .optional()
    .meta({ description: "Remove `<think>` blocks before the answer." }),
});

/** `output_format` as a request gives it. */
export type OutputFormatGiven = z.infer<typeof outputFormatShape>;

/** A place where a schema may be given; `schema` undefined: it was not. */
export interface SchemaPlace {
  /** Path of the field, `request.output_schema`. */
  readonly path: string;
  readonly schema: unknown;
}

/**
 * The one schema of a request, compiled; undefined: none was given. The same schema may stand in several places,
 * whatever the order of its members.
 * @throws TokenhubError invalid_value when a schema cannot be used, or two differ; with the place's path.
 */
export function oneSchema(places: readonly SchemaPlace[]): Validator | undefined {
  const [first, ...others] = places.filter(({ schema }) => schema !== undefined);
  if (first === undefined) return undefined;
  const meant = canonicalOf(first);
  const other = others.find((place) => canonicalOf(place) !== meant);
  if (other !== undefined) {
    throw new TokenhubError("invalid_value", {
      param: other.path,
      detail: `A schema is given in one place only; this one differs from that in ${first.path}.`,
    });
  }
  return compileSchema(first.schema, first.path);
}

/**
 * The form that a request asks for, from every place that may say something of it; undefined: none does. A schema
 * means JSON.
 * @throws TokenhubError invalid_value as `oneSchema`, and for a schema beside another form.
 */
export function shapeOf(asked: {
  /** The envelope's, with its own schema. */
  readonly format?: OutputFormatGiven | undefined;
  readonly schema?: unknown;
  readonly orchestration: readonly OrchestrationGiven[];
  /** Path before `orchestration`: `tokenhub.` in a vendor's dialect. */
  readonly prefix: string;
}): OutputShape | undefined {
  const { format, orchestration } = asked;
  const schema = oneSchema([
    ...orchestration.map(({ output_schema }) => ({
      path: `${asked.prefix}orchestration.output_schema`,
      schema: output_schema,
    })),
    { path: "request.output_schema", schema: asked.schema },
    { path: "output_format.schema", schema: format?.schema },
  ]);
  const named = format?.type ?? orchestration.find((one) => one.output_format)?.output_format;
  if (schema && named !== undefined && named !== "json") {
    const param = format ? "output_format.type" : `${asked.prefix}orchestration.output_format`;
    throw new TokenhubError("invalid_value", { param, detail: "A schema is for JSON." });
  }
  const type = schema ? "json" : named;
  if (type === undefined) return undefined;
  return {
    type,
    schema,
    outputTokensMax: format?.max_tokens,
    stripsThink: format?.strip_think ?? false,
  };
}

function canonicalOf({ schema, path }: SchemaPlace): string {
  return canonical(readSchema(schema, path), () => undefined);
}
