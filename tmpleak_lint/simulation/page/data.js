"use strict";
/* The page's data as the build wrote it, packed (see build.py), back to programs as the engine reads them. */
const Data = (() => {
  const KINDS = ["start", "create", "risky", "step", "release", "handover", "exit-ok", "exit-error"];
  const WAYS = ["normal", "error", "branch"];

  function program(packed, sources) {
    if (packed === null) return null;
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
    const [first, ...texts] = sources[packed.source];
    return { title, code, function: name, resource, source: texts.map((text, index) => ({ number: first + index, text })), nodes, edges };
  }

  function read(text) {
    const data = JSON.parse(text);
    for (const finding of data.findings) {
      finding.program = program(finding.program, data.sources);
      finding.fixed = program(finding.fixed, data.sources);
    }
    return data;
  }

  return { program, read };
})();
