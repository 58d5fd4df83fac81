import assert from "node:assert/strict";
import { test } from "node:test";

import { type Command, advice, endsWell, serverCommand } from "../src/command";

const yes = (): Promise<boolean> => Promise.resolve(true);
const no = (): Promise<boolean> => Promise.resolve(false);

test("what the settings name is used as it stands", async () => {
  const found = await serverCommand(["/opt/bin/tmpleak-lint", "server"], "/usr/bin/python3", no);
  assert.deepEqual(found, { command: "/opt/bin/tmpleak-lint", args: ["server"] });
});

test("the selected interpreter is used where tmpleak-lint is installed in it", async () => {
  const tried: Command[] = [];
  const found = await serverCommand(null, "/venv/bin/python", (command) => {
    tried.push(command);
    return yes();
  });
  assert.deepEqual(found, { command: "/venv/bin/python", args: ["-P", "-m", "tmpleak_lint", "server"] });
  assert.equal(tried.length, 1);
  assert.equal(tried[0]?.command, "/venv/bin/python");
});

for (const [name, interpreter] of [
  ["an interpreter without it", "/venv/bin/python"],
  ["no interpreter", undefined],
] as const) {
  test(`the PATH is what is left with ${name}`, async () => {
    assert.deepEqual(await serverCommand([], interpreter, no), { command: "tmpleak-lint", args: ["server"] });
  });
}

test("a command that fails or isn't there does not end well", async () => {
  assert.equal(await endsWell({ command: process.execPath, args: ["-e", "process.exit(0)"] }), true);
  assert.equal(await endsWell({ command: process.execPath, args: ["-e", "process.exit(3)"] }), false);
  assert.equal(await endsWell({ command: "/no/such/program", args: [] }), false);
});

test("who is told that the server didn't start is told what to do", () => {
  const told = advice({ command: "tmpleak-lint", args: ["server"] }, new Error("ENOENT"));
  assert.match(told, /"tmpleak-lint server" \(ENOENT\).*pip install 'tmpleak-lint\[lsp\]'/);
});
