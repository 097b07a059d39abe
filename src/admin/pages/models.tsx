/** Models and their offers in one table: weight, context, prices; several rows are changed and saved together. */
import { useState } from "preact/hooks";
import { call, listAll, segment } from "../api.ts";
import { useAction, useLoad } from "../load.ts";
import { numberOf } from "../parts/choices.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { ErrorNotice, toast } from "../parts/notice.tsx";
import { Page, When } from "../parts/page.tsx";
import type { Model, Offer } from "../shapes.ts";
import { ModelForm } from "./model-form.tsx";
import { type Line, Lines } from "./model-lines.tsx";
import type { PageProps } from "./page.ts";

async function load(): Promise<readonly Line[]> {
  const [models, offers] = await Promise.all([listAll<Model>("models"), listAll<Offer>("offers")]);
  return models.flatMap((model): Line[] => {
    const own = offers.filter((offer) => offer.model_id === model.id);
    if (own.length === 0) return [{ id: model.id, model, offer: undefined }];
    return own.map((offer) => ({ id: offer.id, model, offer }));
  });
}

/** Sends what was typed: one PATCH for each row that changed. */
async function saveAll(lines: readonly Line[], drafts: Readonly<Record<string, string>>) {
  const changes = new Map<string, Record<string, number | null>>();
  for (const [slot, text] of Object.entries(drafts)) {
    const [of, id, cell = ""] = slot.split("\n");
    const row = `${of}\n${id}`;
    changes.set(row, { ...changes.get(row), [cell]: numberOf(text) ?? null });
  }
  for (const [row, body] of changes) {
    const [of, id = ""] = row.split("\n");
    const line = lines.find((one) => (of === "model" ? one.model.id : one.id) === id);
    const version = of === "model" ? line?.model.version : line?.offer?.version;
    await call("PATCH", `/${of}s/${segment(id)}`, { body, version });
  }
  return changes.size;
}

/** `#/models`. */
export function ModelsPage(_props: PageProps) {
  const loaded = useLoad("models", load);
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  const saving = useAction();
  const lines = loaded.data ?? [];
  const shown = lines.filter((line) => line.id.includes(text) || line.model.id.includes(text));
  const changed = Object.keys(drafts).length;
  const save = async () => {
    const ok = await saving.run(async () => {
      const rows = await saveAll(lines, drafts);
      toast(`Saved: ${rows} rows.`);
    });
    if (ok) setDrafts({});
    await loaded.reload();
  };
  return (
    <Page
      title="Models"
      intro="What clients may name, and who offers it at which price. Type into several rows, then save them together. An empty price comes from the price list; 0 is free."
      actions={
        <>
          <button type="button" onClick={() => setAdding(true)}>
            Add a model
          </button>
          {changed > 0 && (
            <button type="button" onClick={() => setDrafts({})}>
              Undo
            </button>
          )}
          <button
            type="button"
            class="primary"
            disabled={changed === 0 || saving.busy}
            onClick={() => void save()}
          >
            Save {changed > 0 ? `${changed} changes` : ""}
          </button>
        </>
      }
    >
      <ErrorNotice error={saving.error} />
      <When loaded={loaded}>
        {() => (
          <>
            {lines.length > 8 && (
              <input
                type="text"
                class="search"
                aria-label="Show only models with"
                placeholder="Show only models with …"
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            )}
            <Lines {...{ lines: shown, drafts, setDrafts }} reload={loaded.reload} />
          </>
        )}
      </When>
      {adding && (
        <Dialog title="Add a model" onClose={() => setAdding(false)}>
          <ModelForm
            done={async () => {
              setAdding(false);
              await loaded.reload();
            }}
          />
        </Dialog>
      )}
    </Page>
  );
}
