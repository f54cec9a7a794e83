"""How the HTML of a fit looks: in light and dark, on a phone, on paper."""

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

PAGE = (
    ":root{color-scheme:light dark}body{margin:0;background:#fff}"
    + BLOCK
    + """
main.educe-fit{max-width:54rem;margin:0 auto;padding:2.5rem 1.5rem 3rem;box-sizing:border-box;font-size:16px}
.educe-fit header{border-bottom:2px solid var(--accent);margin-bottom:1.5rem;padding-bottom:.6rem}
.educe-fit .kicker{margin:0;color:var(--accent);font-weight:600;font-size:.85rem;letter-spacing:.04em}
.educe-fit h1{font-size:1.6rem;font-weight:500;line-height:1.3;margin:.3rem 0 .5rem}
.educe-fit .law.numbers{color:var(--quiet);font-size:1.15rem}
.educe-fit h2{font-size:1.15rem;margin:2.2rem 0 .7rem}
.educe-fit section td:last-child{white-space:normal;min-width:9rem}
.educe-fit .figure{width:100%;padding:.8rem;box-sizing:border-box;border:1px solid var(--line)}
.educe-fit ul.quiet{padding-left:1.2em}.educe-fit li{margin:.2em 0}
.educe-fit dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.4rem;margin:0}
.educe-fit dt{color:var(--quiet)}.educe-fit dd{margin:0;overflow-wrap:anywhere}
.educe-fit footer{margin-top:2.5rem;color:var(--quiet);font-size:.85rem}
@media (prefers-color-scheme:dark){body{background:#0d1117}}
@media (max-width:40rem){main.educe-fit{padding:1.2rem 1rem 2rem;font-size:15px}
.educe-fit h1{font-size:1.25rem}
.educe-fit .law.numbers{font-size:1rem}
.educe-fit dl{grid-template-columns:1fr;gap:.1rem}.educe-fit dd{margin-bottom:.5rem}
.educe-fit .figure{padding:.2rem}.educe-fit .words thead{display:none}
.educe-fit .words,.educe-fit .words tbody{display:block}
.educe-fit .words tr{display:grid;grid-template-columns:1fr auto;padding:.3em 0;border-top:1px solid var(--line)}
.educe-fit .words tbody tr>*{border:0;padding:0}
.educe-fit .words td:last-child{grid-column:1/-1}.educe-fit .numbers th,.educe-fit .numbers td{padding-right:.5em}}
@media print{main.educe-fit{max-width:none;padding:0;font-size:11pt}.educe-fit section{break-inside:avoid}
.educe-fit .scroll{overflow:visible}.educe-fit footer{display:none}}
"""
)
