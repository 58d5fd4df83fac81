"""The language server: the same findings in an editor, while one types.

In: the Language Server Protocol on standard input. Out: diagnostics, code actions, hovers and pages on standard
output. Needs the extra `lsp` (pygls).

One process talks (`app` and what it is made of: `documents`, `options`, `diagnostics`, `actions`, `hovering`,
`pages`, `workspace`) and never computes for long; what takes time are `jobs`, done by worker processes (`lanes`,
`worker`). A job that an edit has made pointless is withdrawn, and one that goes on all the same is ended with its
process.

Not handled: text that is no file of the disk is analysed without its neighbours; cells of a notebook are not rewritten.
"""
