/**
 * How the server is started.
 *
 * In: what the settings name, the interpreter that the Python extension has selected, a way to try a command.
 * Out: the command. Nothing of VS Code is used here, so that it can be tested without.
 */

import { spawn } from "node:child_process";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether a command can be run and ends well. */
export type Try = (command: Command) => Promise<boolean>;

const PROBE = "import pygls, tmpleak_lint";
const PATIENCE = 20_000;

/** The first of these that can be used: the one that is named, the selected interpreter, the PATH. */
export async function serverCommand(
  named: readonly string[] | null | undefined,
  interpreter: string | undefined,
  works: Try,
): Promise<Command> {
  const [program, ...args] = named ?? [];
  if (program !== undefined) {
    return { command: program, args };
  }
  // -P: the folder that is open is not where modules come from.
  if (interpreter !== undefined && (await works({ command: interpreter, args: ["-P", "-c", PROBE] }))) {
    return { command: interpreter, args: ["-P", "-m", "tmpleak_lint", "server"] };
  }
  return { command: "tmpleak-lint", args: ["server"] };
}

/** Run a command and wait for its end. */
export function endsWell(command: Command): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command.command, command.args, { stdio: "ignore", timeout: PATIENCE });
    child.once("error", () => resolve(false));
    child.once("exit", (status) => resolve(status === 0));
  });
}

/** What is said when the server cannot be started. */
export function advice(command: Command, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const line = [command.command, ...command.args].join(" ");
  return `tmpleak-lint: the server could not be started with "${line}" (${reason}). Install it where your project's Python is: pip install 'tmpleak-lint[lsp]'`;
}
