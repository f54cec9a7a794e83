"""How the block of a fit looks in a notebook, in light and dark."""

BLOCK = """
.educe-fit{--ink:#1f2328;--quiet:#59636e;--line:#d1d9e0;--accent:#0072b2;--warn:#9a3412;--warn-back:#fff4e5;
--code:#f6f8fa;color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.educe-fit .law{margin:.2em 0 .8em;font-size:1.15em}
.educe-fit .law code{display:block;font-size:.95em;overflow-wrap:anywhere}
.educe-fit .law math{margin:.35em 0;width:max-content;max-width:100%;overflow-x:auto;overflow-y:hidden}
.educe-fit code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace}
.educe-fit .scroll{overflow-x:auto;margin:0 0 .8em}
.educe-fit table{border-collapse:collapse;margin:0;font-variant-numeric:tabular-nums;font-size:inherit}
.educe-fit th,.educe-fit td{padding:.3em .8em .3em 0;text-align:right;white-space:nowrap;border:0;
background:none;color:inherit}
.educe-fit th:first-child,.educe-fit th:last-child,.educe-fit td:last-child{text-align:left}
.educe-fit td:last-child{color:var(--quiet)}
.educe-fit th:last-child,.educe-fit td:last-child{padding-left:.4em}
.educe-fit thead th{font-weight:500;color:var(--quiet);border-bottom:1px solid var(--line)}
.educe-fit tbody tr+tr>*{border-top:1px solid var(--line)}
.educe-fit tbody th{font-weight:600}
.educe-fit .quiet{color:var(--quiet);font-size:.9em;margin:.4em 0;overflow-wrap:anywhere}
.educe-fit .warning{color:var(--warn);background:var(--warn-back);border-left:3px solid var(--warn);
padding:.5em .8em;margin:.5em 0;overflow-wrap:anywhere}
.educe-fit .figure{display:block;max-width:100%;height:auto;background:#fff;border-radius:6px}
@media (prefers-color-scheme:dark){.educe-fit{--ink:#e6edf3;--quiet:#9198a1;--line:#3d444d;--accent:#56b4e9;
--warn:#f0b072;--warn-back:#3a2a17;--code:#161b22}}
"""
