"use strict";
/* The page's data as the build wrote it, packed (see build.py), back to programs as the engine reads them. */
const Data = (() => {
  const KINDS = ["start", "create", "risky", "step", "release", "handover", "exit-ok", "exit-error"];
  const WAYS = ["normal", "error", "branch"];

  function program(packed, sources) {
    const { title, code, function: name, resource, labels } = packed, nodes = [], edges = [];
    for (let at = 0; at < packed.nodes.length; at += 4) {
      const [line, label, kind, holds] = packed.nodes.slice(at, at + 4);
      nodes.push({ id: nodes.length, line, label: labels[label], kind: KINDS[kind], ...(holds ? { holds: true } : {}) });
    }
    for (let at = 0; at < packed.edges.length; at += 3) {
      const [from, to, way] = packed.edges.slice(at, at + 3);
      const edge = { from, to };
      if (way % 3) edge.kind = WAYS[way % 3];
      if (way >= 6) edge.weight = Math.floor(way / 3);
      edges.push(edge);
    }
    return { title, code, function: name, resource, source: lines(sources[packed.source]), nodes, edges };
  }

  /* Numbers begin a run of lines, texts are the lines. */
  function lines(packed) {
    const found = [];
    let number = 0;
    for (const part of packed) {
      if (typeof part === "number") number = part;
      else found.push({ number: number++, text: part });
    }
    return found;
  }

  /* A cleanup whose code is that of another is the same object, known by both names. */
  function read(text) {
    const data = JSON.parse(text);
    for (const finding of data.findings) {
      finding.program = program(finding.program, data.sources);
      for (const [name, cleanup] of Object.entries(finding.cleanups)) {
        if (!cleanup.same) Object.assign(cleanup, { name, program: program(cleanup.program, data.sources) });
      }
      for (const [name, cleanup] of Object.entries(finding.cleanups)) {
        if (cleanup.same) finding.cleanups[name] = finding.cleanups[cleanup.same];
      }
    }
    return data;
  }

  return { program, read };
})();
