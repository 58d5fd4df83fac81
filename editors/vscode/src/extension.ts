/**
 * The extension: starts the server for Python files and notebooks, and starts it anew when it has to be another one.
 *
 * What is found, repaired, explained and played comes from the server; nothing of that is known here.
 */

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

import { type Command, advice, endsWell, serverCommand } from "./command";

const SECTION = "tmpleak-lint";
const PYTHON_EXTENSION = "ms-python.python";

/** The part of the Python extension's interface that is used here. */
interface PythonExtension {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } | undefined;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

let client: LanguageClient | undefined;
let log: vscode.OutputChannel;
let turn: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  log = vscode.window.createOutputChannel(SECTION);
  const python = await pythonExtension();
  const restart = (): Promise<void> => {
    // One after the other: a restart that comes while the last one goes on waits for it.
    turn = turn.then(() => start(python));
    return turn;
  };
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand(`${SECTION}.restart`, restart),
    vscode.commands.registerCommand(`${SECTION}.showLog`, () => log.show()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.path`)) {
        void restart();
      }
    }),
  );
  const changed = python?.environments?.onDidChangeActiveEnvironmentPath(() => void restart());
  if (changed !== undefined) {
    context.subscriptions.push(changed);
  }
  await restart();
}

export async function deactivate(): Promise<void> {
  await turn;
  await client?.stop();
}

async function start(python: PythonExtension | undefined): Promise<void> {
  await client?.stop();
  client = undefined;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const named = vscode.workspace.getConfiguration(SECTION, folder).get<string[] | null>("path");
  const interpreter = python?.environments?.getActiveEnvironmentPath(folder)?.path;
  const command = await serverCommand(named, interpreter, endsWell);
  const started = new LanguageClient(SECTION, SECTION, serverOptions(command), clientOptions());
  try {
    await started.start();
    client = started;
  } catch (error) {
    log.appendLine(advice(command, error));
    void vscode.window.showErrorMessage(advice(command, error));
  }
}

function serverOptions(command: Command): ServerOptions {
  return { command: command.command, args: [...command.args] };
}

function clientOptions(): LanguageClientOptions {
  const schemes = ["file", "untitled", "vscode-notebook-cell"];
  return {
    documentSelector: schemes.map((scheme) => ({ scheme, language: "python" })),
    outputChannel: log,
    diagnosticPullOptions: { onChange: true, onSave: true },
  };
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>(PYTHON_EXTENSION);
  try {
    return await extension?.activate();
  } catch (error) {
    log.appendLine(`the Python extension could not be asked for its interpreter: ${String(error)}`);
    return undefined;
  }
}
