/** The bundle loads and starts where `vscode` is all that is there, as in the editor: what it needs is inside it. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { test } from "node:test";

interface Extension {
  activate(context: { subscriptions: { dispose(): void }[] }): Promise<void>;
  deactivate(): Promise<void>;
}
type Load = (request: string, ...rest: unknown[]) => unknown;

const bundle = join(__dirname, "..", "..", "dist", "extension.js");

/** Anything that can be called, constructed, extended and asked for anything, and is the same again. */
function anything(): unknown {
  const target = class {
    dispose(): void {}
  };
  return new Proxy(target, {
    get: (own, name) => (name in own || typeof name === "symbol" || name === "then" ? Reflect.get(own, name) : anything()),
    apply: () => anything(),
  });
}

class EventEmitter {
  readonly event = (): unknown => ({ dispose(): void {} });
  fire(): void {}
  dispose(): void {}
}

function editor(said: string[], commands: Map<string, () => unknown>, path: string[]): Record<string, unknown> {
  const disposable = { dispose(): void {} };
  const known: Record<string, unknown> = {
    window: { createOutputChannel: () => ({ appendLine: (line: string) => said.push(line), append() {}, show() {}, dispose() {} }), showErrorMessage: (text: string) => said.push(text) },
    commands: { registerCommand: (name: string, run: () => unknown) => (commands.set(name, run), disposable) },
    workspace: { onDidChangeConfiguration: () => disposable, getConfiguration: () => ({ get: () => path }), workspaceFolders: undefined },
    extensions: { getExtension: () => undefined },
  };
  const fallback = (name: string) => new Proxy(known[name] as object, { get: (own, key) => (key in own ? Reflect.get(own, key) : anything()) });
  const plain: Record<string, unknown> = { EventEmitter, version: "1.91.0" };
  return new Proxy(known, { get: (_, name) => (typeof name === "string" && name in plain ? plain[name] : typeof name === "string" && name in known ? fallback(name) : anything()) });
}

/** Activate the bundle in such an editor, and what it said and registered until it was deactivated. */
async function activated(path: string[]): Promise<{ said: string[]; commands: string[] }> {
  const said: string[] = [];
  const commands = new Map<string, () => unknown>();
  const loader = Module as unknown as { _load: Load };
  const load = loader._load;
  const vscode = editor(said, commands, path);
  loader._load = (request, ...rest) => (request === "vscode" ? vscode : load.call(Module, request, ...rest));
  try {
    delete require.cache[bundle];
    const extension = load.call(Module, bundle, module, false) as Extension;
    await extension.activate({ subscriptions: [] });
    await extension.deactivate();
    return { said, commands: [...commands.keys()].filter((name) => name.startsWith("tmpleak-lint.")).sort() };
  } finally {
    loader._load = load;
  }
}

const notBuilt = !existsSync(bundle) && "not built";

test("a server that cannot be started is told, with what to do", { skip: notBuilt }, async () => {
  const { said, commands } = await activated(["/no/such/program"]);
  assert.deepEqual(commands, ["tmpleak-lint.restart", "tmpleak-lint.showLog"]);
  assert.ok(said.some((text) => text.includes("pip install 'tmpleak-lint[lsp]'")), said.join("\n"));
});
