/** `project create|list`: keys of one owner, with budgets of their own. */
import { usdFromNano } from "../../src/cost.ts";
import type { NewProject } from "./desk.ts";
import { anywhere, type CommandGroup, listLine } from "./group.ts";
import { withDesk } from "./open-desk.ts";
import { option, parseId, parseLabels, parseName, parseUsd, refuse } from "./option.ts";
import type { PlaceOptions } from "./place.ts";

interface NewProjectOptions extends PlaceOptions {
  readonly name: string;
  readonly id?: string;
  /** Integer nano-USD. */
  readonly budgetDay?: number;
  readonly budgetMonth?: number;
  readonly timeZone?: string;
  readonly labels: readonly string[];
}

const OPTIONS = [
  option("--name <name>", "whose it is", parseName).makeOptionMandatory(),
  option("--id <id>", "what keys call it (default: one is made)", parseId),
  option("--budget-day <usd>", "USD of a day, all keys together (default: no limit)", parseUsd),
  option("--budget-month <usd>", "USD of a month, all keys together (default: no limit)", parseUsd),
  option("--time-zone <name>", "by which days and months begin (default: UTC)", parseTimeZone),
  option("--labels <list>", "only providers with all of these labels", parseLabels, {
    value: [] as string[],
    told: "any",
  }),
];

/** Adds the commands. */
export const projectCommands: CommandGroup = (root, world) => {
  const project = root.command("project").description("keys of one owner, with common budgets");
  const create = anywhere(project.command("create")).description("make a project, print its id");
  for (const each of OPTIONS) create.addOption(each);
  create.action(async (options: NewProjectOptions) => {
    const id = await withDesk(world, options, (desk) => desk.createProject(newProject(options)));
    world.tell("Made the project:");
    world.answer(id);
  });
  anywhere(project.command("list"))
    .description("list the projects: id, USD a day, USD a month, labels, name")
    .action(async (options: PlaceOptions) => {
      const projects = await withDesk(world, options, (desk) => desk.projects());
      for (const { id, name, budgetDayNanoUsd, budgetMonthNanoUsd, labels } of projects) {
        const budgets = [usd(budgetDayNanoUsd), usd(budgetMonthNanoUsd)];
        world.answer(listLine([id, ...budgets, labels.join(","), name]));
      }
      if (projects.length === 0) world.tell("There are no projects.");
    });
};

function newProject(options: NewProjectOptions): NewProject {
  return {
    id: options.id,
    name: options.name,
    budgetDayNanoUsd: options.budgetDay,
    budgetMonthNanoUsd: options.budgetMonth,
    timeZone: options.timeZone,
    labels: options.labels,
  };
}

function parseTimeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone && text;
  } catch {
    return refuse("an IANA time zone such as Europe/Berlin");
  }
}

function usd(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : usdFromNano(nanoUsd);
}
