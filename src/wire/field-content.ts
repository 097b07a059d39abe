/** Rows of the table of fields: what turns are made of. */
import { REASONING_FIELDS } from "./field-reasoning.ts";
import { type FieldRow, marked } from "./field-row.ts";

const CONTENT = "messages.content";

/** Turns and their parts; calls and results are with the tools. */
export const CONTENT_FIELDS: readonly FieldRow[] = [
  {
    name: "system turn",
    paths: { openai: "messages.role", anthropic: "system", responses: "instructions" },
    otherwise: "unsupported",
    present: marked("system"),
  },
  {
    name: "developer turn",
    paths: { openai: "messages.role", responses: "input.role" },
    mapped: { openai: "a system turn", anthropic: "`system`" },
    otherwise: "unsupported",
    present: marked("developer"),
  },
  {
    name: "system turn after the first message",
    paths: { openai: "messages.role", anthropic: "messages.role", responses: "input.role" },
    mapped: { anthropic: "a reminder in a user turn" },
    otherwise: "unsupported",
    present: marked("late-system"),
  },
  {
    name: "name of a turn",
    paths: { openai: "messages.name" },
    otherwise: "dropped",
    present: marked("turn-name"),
  },
  {
    name: "text",
    paths: { openai: CONTENT, anthropic: CONTENT, responses: "input.content" },
    otherwise: "unsupported",
    present: marked("text"),
  },
  {
    name: "image by URL",
    paths: {
      openai: `${CONTENT}.image_url`,
      anthropic: `${CONTENT}.source`,
      responses: "input.content.image_url",
    },
    otherwise: "unsupported",
    present: marked("image-url"),
  },
  {
    name: "image in base64",
    paths: {
      openai: `${CONTENT}.image_url`,
      anthropic: `${CONTENT}.source`,
      responses: "input.content.image_url",
    },
    otherwise: "unsupported",
    present: marked("image-base64"),
  },
  {
    name: "image by file id",
    paths: { anthropic: `${CONTENT}.source.file_id`, responses: "input.content.file_id" },
    own: ["anthropic", "responses"],
    otherwise: "unsupported",
    present: marked("image-file"),
  },
  {
    name: "detail of an image",
    paths: { openai: `${CONTENT}.image_url.detail`, responses: "input.content.detail" },
    otherwise: "dropped",
    present: marked("image-detail"),
  },
  {
    name: "document by URL",
    paths: { anthropic: `${CONTENT}.source`, responses: "input.content.file_url" },
    otherwise: "unsupported",
    present: marked("document-url"),
  },
  {
    name: "PDF in base64",
    paths: {
      openai: `${CONTENT}.file.file_data`,
      anthropic: `${CONTENT}.source`,
      responses: "input.content.file_data",
    },
    otherwise: "unsupported",
    present: marked("document-base64"),
  },
  {
    name: "text in base64",
    paths: { openai: `${CONTENT}.file.file_data`, responses: "input.content.file_data" },
    mapped: { anthropic: "a document as text" },
    otherwise: "unsupported",
    present: marked("document-base64-text"),
  },
  {
    name: "other document in base64",
    paths: { openai: `${CONTENT}.file.file_data`, responses: "input.content.file_data" },
    otherwise: "unsupported",
    present: marked("document-base64-other"),
  },
  {
    name: "document as text",
    paths: { anthropic: `${CONTENT}.source` },
    mapped: { openai: "a text", responses: "a text" },
    otherwise: "unsupported",
    present: marked("document-text"),
  },
  {
    name: "document by file id",
    paths: {
      openai: `${CONTENT}.file.file_id`,
      anthropic: `${CONTENT}.source.file_id`,
      responses: "input.content.file_id",
    },
    own: ["openai", "anthropic", "responses"],
    otherwise: "unsupported",
    present: marked("document-file"),
  },
  {
    name: "title of a document",
    paths: {
      openai: `${CONTENT}.file.filename`,
      anthropic: `${CONTENT}.title`,
      responses: "input.content.filename",
    },
    otherwise: "dropped",
    present: marked("document-title"),
  },
  {
    name: "audio",
    paths: { openai: `${CONTENT}.input_audio`, responses: "input.content.input_audio" },
    otherwise: "unsupported",
    present: marked("audio"),
  },
  {
    name: "refusal",
    paths: { openai: "messages.refusal", responses: "input.content.refusal" },
    mapped: { anthropic: "a text" },
    otherwise: "dropped",
    present: marked("refusal"),
  },
  {
    name: "citation of a URL",
    paths: { anthropic: `${CONTENT}.citations`, responses: "input.content.annotations" },
    mapped: { responses: "without the words" },
    own: ["anthropic"],
    otherwise: "dropped",
    present: marked("citation-url"),
  },
  {
    name: "citation of words",
    paths: { anthropic: `${CONTENT}.citations` },
    own: ["anthropic"],
    otherwise: "dropped",
    present: marked("citation-words"),
  },
  ...REASONING_FIELDS,
  {
    name: "mark of a prompt cache",
    paths: { anthropic: "cache_control" },
    otherwise: "dropped",
    present: marked("cache"),
  },
];
