/** The manifest says what the extension does: its commands are registered, its settings are the server's. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
}

const root = join(__dirname, "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
const source = readFileSync(join(root, "src", "extension.ts"), "utf8");

test("every command of the manifest is registered", () => {
  for (const { command } of manifest.contributes.commands) {
    const name = command.replace("tmpleak-lint.", "");
    assert.ok(source.includes(`registerCommand(\`\${SECTION}.${name}\``), command);
  }
});

test("a setting that nobody touched says nothing to the server", () => {
  for (const [name, { default: value }] of Object.entries(manifest.contributes.configuration.properties)) {
    assert.ok(value === null || ["enable", "run", "trace.server"].includes(name.replace("tmpleak-lint.", "")), name);
  }
});
