/**
 * A session with the real server, over the protocol library that VS Code itself talks with.
 *
 * TMPLEAK_SERVER is the command that starts it, as a JSON list; without it there is no session to hold.
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  type CodeAction,
  CodeActionRequest,
  CodeActionTriggerKind,
  ConfigurationRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticReportKind,
  DocumentDiagnosticRequest,
  ExecuteCommandRequest,
  ExitNotification,
  InitializeRequest,
  InitializedNotification,
  RegistrationRequest,
  ShowDocumentRequest,
  ShutdownRequest,
  createProtocolConnection,
} from "vscode-languageserver-protocol/node";

const given = process.env["TMPLEAK_SERVER"];
const LEAKING = `import os
import subprocess
import tempfile


def convert(data):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    subprocess.run(["convert", path], check=True)
    os.remove(path)
`;

test("a finding is pulled, repaired, explained, and gone", { skip: given === undefined && "no server is named" }, async () => {
  const [program, ...args] = JSON.parse(given ?? "[]") as string[];
  const folder = mkdtempSync(join(tmpdir(), "tmpleak-lint-"));
  const file = join(folder, "app.py");
  writeFileSync(file, LEAKING);
  const server = spawn(program ?? "", args, { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createProtocolConnection(server.stdout, server.stdin);
  const opened: string[] = [];
  const registered: string[] = [];
  connection.onRequest(ConfigurationRequest.type, (params) => params.items.map(() => ({ enable: true, select: null })));
  connection.onRequest(RegistrationRequest.type, (params) => {
    registered.push(...params.registrations.map((registration) => registration.method));
  });
  connection.onRequest(ShowDocumentRequest.type, (params) => {
    opened.push(params.uri);
    return { success: true };
  });
  connection.listen();
  try {
    const uri = pathToFileURL(file).href;
    const { capabilities } = await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "project" }],
      capabilities: {
        workspace: {
          configuration: true,
          didChangeConfiguration: { dynamicRegistration: true },
          didChangeWatchedFiles: { dynamicRegistration: true },
          workspaceEdit: { documentChanges: true },
        },
        textDocument: { diagnostic: { dynamicRegistration: true }, codeAction: { isPreferredSupport: true } },
        window: { showDocument: { support: true } },
      },
    });
    assert.ok(capabilities.diagnosticProvider);
    await connection.sendNotification(InitializedNotification.type, {});
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "python", version: 1, text: LEAKING },
    });
    const report = await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
    assert.ok(report.kind === DocumentDiagnosticReportKind.Full);
    const [diagnostic] = report.items;
    assert.equal(diagnostic?.code, "TML103");
    assert.equal(diagnostic.relatedInformation?.length, 3);
    const actions = (await connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic], triggerKind: CodeActionTriggerKind.Invoked },
    })) as CodeAction[];
    const explain = actions.find((action) => action.title.endsWith(": explain"))?.command;
    assert.ok(explain);
    await connection.sendRequest(ExecuteCommandRequest.type, { command: explain.command, arguments: explain.arguments ?? [] });
    assert.equal(opened.length, 1);
    const change = actions.find((action) => action.isPreferred)?.edit?.documentChanges?.[0];
    assert.ok(change !== undefined && "edits" in change);
    assert.equal(change.textDocument.version, 1);
    await connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      // From the last edit to the first, so that no edit moves the place of another.
      contentChanges: [...change.edits].reverse().map((edit) => ("range" in edit && "newText" in edit ? { range: edit.range, text: edit.newText } : assert.fail())),
    });
    const after = await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
    assert.ok(after.kind === DocumentDiagnosticReportKind.Full);
    assert.deepEqual(after.items, []);
    assert.deepEqual(registered.sort(), ["workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles"]);
    await connection.sendRequest(ShutdownRequest.type);
    const ended = new Promise((resolve) => server.once("exit", resolve));
    await connection.sendNotification(ExitNotification.type);
    assert.equal(await ended, 0);
  } finally {
    connection.dispose();
    server.kill();
    rmSync(folder, { recursive: true });
  }
});
