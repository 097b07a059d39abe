import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { secretInput } from "../../self-hosted/cli/secret-input.ts";

/** A terminal that a test types on; `modes` are what it was switched to. */
function terminal() {
  const events = new EventEmitter();
  const modes: boolean[] = [];
  const shown: string[] = [];
  let isRead = false;
  const source = Object.assign(events, {
    isTTY: true,
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
    resume() {
      isRead = true;
    },
    pause() {
      isRead = false;
    },
  });
  return {
    input: secretInput(source, (text) => shown.push(text)),
    type: (text: string) => events.emit("data", Buffer.from(text)),
    hangUp: () => events.emit("end"),
    modes,
    shown,
    isRead: () => isRead,
  };
}

describe("a secret that is typed", () => {
  it("is not echoed, and the terminal is as before afterwards", async () => {
    const { input, type, modes, shown, isRead } = terminal();
    const line = input.line("Password: ");
    expect([modes, isRead()]).toEqual([[true], true]);
    for (const letter of "pässwörd 🔑") type(letter);
    type("\r");
    expect(await line).toBe("pässwörd 🔑");
    expect([modes, shown, isRead()]).toEqual([[true, false], ["Password: ", "\n"], false]);
  });

  it("can be corrected letter by letter, or begun anew", async () => {
    const { input, type } = terminal();
    const line = input.line("Password: ");
    type("wrong\u0015");
    type("caté🔑");
    type("\u007f\u007f\b");
    type("r\r");
    expect(await line).toBe("car");
  });

  it("is given up with ctrl-c, and the terminal is as before", async () => {
    const { input, type, modes, isRead } = terminal();
    const line = input.line("Password: ");
    type("half\u0003");
    await expect(line).rejects.toThrow("interrupted");
    expect([modes, isRead()]).toEqual([[true, false], false]);
  });

  it("is missing when the terminal hangs up", async () => {
    const { input, hangUp, modes } = terminal();
    const line = input.line("Password: ");
    hangUp();
    await expect(line).rejects.toThrow("nothing came");
    expect(modes).toEqual([true, false]);
  });

  it("may be pasted together with the next one", async () => {
    const { input, type } = terminal();
    const first = input.line("Password: ");
    type("one\r\ntwo\r");
    expect([await first, await input.line("New: ")]).toEqual(["one", "two"]);
  });
});

describe("a secret that is piped in", () => {
  const piped = (...chunks: (string | Buffer)[]) => {
    const stream = new PassThrough();
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    return secretInput(stream, () => expect.unreachable());
  };

  it("is one line, whatever ends it", async () => {
    for (const text of ["s3cret\n", "s3cret\r\n", "s3cret", "s3cret\nmore\n"]) {
      expect(await piped(text).line("")).toBe("s3cret");
    }
    expect(await piped("s3", "cre", "t\n").line("")).toBe("s3cret");
  });

  it("may be followed by another, also when both came at once", async () => {
    const ways = [["one\ntwo"], ["one\n", "two\n"], ["one\r\ntwo\r\n"], ["one\r", "\ntwo\r", "\n"]];
    for (const input of ways.map((chunks) => piped(...chunks))) {
      expect([await input.line(""), await input.line("")]).toEqual(["one", "two"]);
      await expect(input.line("")).rejects.toThrow("nothing came");
    }
  });

  it("keeps blanks, and letters that a terminal would act on", async () => {
    expect(await piped(" a\u0003b \n").line("")).toBe(" a\u0003b ");
  });

  it("must be UTF-8 and of a sensible length; no message repeats it", async () => {
    await expect(piped(Buffer.from([0x70, 0xff, 0x0a])).line("")).rejects.toThrow(/not UTF-8$/);
    await expect(piped("x".repeat(20_000)).line("")).rejects.toThrow(/too long$/);
    await expect(piped().line("")).rejects.toThrow("nothing came");
    expect(await piped("\n").line("")).toBe("");
  });
});
