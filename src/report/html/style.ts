/** The style sheet of the HTML report: light and dark, narrow and wide, screen and paper. Colours meet WCAG AA on their ground. */
export const styleSheet = `
:root{--ground:#f4f6f9;--panel:#fff;--text:#17212e;--muted:#4a5869;--line:#d9e0e8;--accent:#2456d6;--soft:#eef2f8;
--fail:#b3241c;--fail-soft:#fdeceb;--unknown:#7d4e00;--unknown-soft:#fff4da;--pass:#17693a;--pass-soft:#e5f5eb;--na:#4f5d6d;--na-soft:#eef1f5;
--critical:#8c1a6a;--critical-soft:#fbe9f5;--band:#dfe5ed;--on-solid:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#0e141b;--panel:#161e27;--text:#e5ebf2;--muted:#a5b3c2;--line:#2b3744;--accent:#8db1ff;--soft:#1d2731;
--fail:#ff9c93;--fail-soft:#3a1b1a;--unknown:#f3c566;--unknown-soft:#352a12;--pass:#7fd9a2;--pass-soft:#12301f;--na:#a5b3c2;--na-soft:#212b36;
--critical:#f7a6dc;--critical-soft:#3a1830;--band:#2b3744;--on-solid:#0e141b}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem;padding-bottom:.25rem}
footer{padding-bottom:2rem;color:var(--muted);font-size:.875rem}
h1,h2,h3,h4,h5,h6,p,ul,ol,dl,dd{margin:0}
h1{font-size:1.5rem;line-height:1.2;letter-spacing:-.01em}
h2{font-size:1.15rem;margin-bottom:.75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem;padding-top:.25rem}
h4{font-size:.95rem;font-weight:600}
a{color:var(--accent);text-underline-offset:.15em}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
code{overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.75rem;background:var(--soft);border-radius:8px;overflow:auto}
pre code{overflow-wrap:normal}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
h2:focus{outline:none}
.muted{color:var(--muted)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;background:var(--panel);color:var(--accent);padding:.5rem 1rem;border-radius:8px;z-index:2}
.skip:focus{top:.5rem}
.defs{position:absolute;width:0;height:0}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:1.25rem;margin:1rem 0;min-width:0}
.brand{display:flex;gap:1rem;align-items:center}
.brand p{font-size:.925rem;overflow-wrap:anywhere}
.shield{width:52px;height:52px;flex:none}
.shield path{fill:var(--accent)}
.shield .wall{fill:none;stroke:var(--on-solid);stroke-width:1.4;stroke-linecap:round}
.tiles{list-style:none;padding:0;margin:1.1rem 0 .6rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.75rem}
.tile{display:flex;align-items:center;gap:.6rem;border-radius:12px;padding:.6rem .9rem;border:1px solid var(--edge);background:var(--wash);color:var(--ink)}
.tile b{font-size:1.6rem;line-height:1.1;font-variant-numeric:tabular-nums}
.tile .icon{width:1.5rem;height:1.5rem}
.v-fail{--ink:var(--fail);--wash:var(--fail-soft)}
.v-unknown{--ink:var(--unknown);--wash:var(--unknown-soft)}
.v-pass{--ink:var(--pass);--wash:var(--pass-soft)}
.v-not-applicable{--ink:var(--na);--wash:var(--na-soft)}
.tile,.card,.badge,.station{--edge:color-mix(in srgb,var(--ink) 35%,transparent)}
.icon{width:1.05em;height:1.05em;flex:none;vertical-align:-.15em}
.glyph circle,.glyph rect,.glyph .shape{fill:currentColor}
.glyph path{fill:none;stroke:var(--on-solid);stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.glyph .shape{stroke:none}
.g-not-applicable circle{fill:none;stroke:currentColor;stroke-width:2}
.g-not-applicable path{stroke:currentColor}
.top{display:grid;grid-template-columns:minmax(280px,5fr) 7fr;gap:0 1rem}
.grade{display:flex;gap:1rem;align-items:center}
.grade b{font-size:1.35rem;font-variant-numeric:tabular-nums}
.letter{font-size:2.1rem;font-weight:700;line-height:1;padding:.65rem .9rem;border-radius:14px;background:var(--accent);color:var(--on-solid);white-space:nowrap}
.scale{width:100%;height:auto;margin:.75rem 0 .25rem;display:block}
.scale text{fill:var(--muted);font-size:13px}
.band{fill:var(--band)}
.interval{fill:var(--accent);fill-opacity:.85;stroke:var(--panel);stroke-width:2}
.measures{display:grid;grid-template-columns:repeat(3,1fr);gap:.5rem;margin-top:.5rem}
.measures div{background:var(--soft);border-radius:10px;padding:.5rem .7rem}
.measures dt{color:var(--muted);font-size:.8rem;line-height:1.25}
.measures dd{font-size:1.15rem;font-weight:650;font-variant-numeric:tabular-nums}
.caps{margin-top:.75rem;font-size:.875rem;overflow-wrap:anywhere}
.severities{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.4rem 1.1rem}
.score h3{margin-top:1rem;font-size:.95rem}
.first ol{list-style:none;padding:0;display:grid;gap:.85rem}
.first li{border-top:1px solid var(--line);padding-top:.85rem}
.first li:first-child{border:0;padding-top:0}
.first li p{font-size:.925rem}
.first .card-head a{font-weight:600}
.more{color:var(--muted);margin-top:.2rem}
.place{color:var(--muted);font-size:.9rem}
.card-head{display:flex;flex-wrap:wrap;gap:.4rem .5rem;align-items:center;margin-bottom:.25rem}
.badge{display:inline-flex;align-items:center;gap:.35rem;color:var(--ink);background:var(--wash);border:1px solid var(--edge);border-radius:99px;padding:.05rem .6rem .05rem .4rem;font-size:.82rem;font-weight:650;white-space:nowrap}
.chip{display:inline-block;border:1px solid var(--line);background:var(--soft);color:var(--text);border-radius:6px;padding:.02rem .45rem;font-size:.8rem;white-space:nowrap}
.s-critical{color:var(--critical);background:var(--critical-soft);border-color:color-mix(in srgb,var(--critical) 35%,transparent);font-weight:700}
.s-high{color:var(--fail);background:var(--fail-soft);border-color:color-mix(in srgb,var(--fail) 35%,transparent);font-weight:650}
.s-medium{color:var(--unknown);background:var(--unknown-soft);border-color:color-mix(in srgb,var(--unknown) 35%,transparent)}
.picture svg{width:100%;height:auto;display:block}
.picture{margin-bottom:1.1rem}
.picture.narrow{display:none}
.picture text{font-size:13px;fill:var(--text)}
.picture .name{font-size:14px;font-weight:650}
.picture .count{font-size:12.5px;fill:var(--muted)}
.picture .frame-label{fill:var(--muted)}
.frame{fill:var(--soft);stroke:var(--line)}
.client rect{fill:var(--panel);stroke:var(--muted);stroke-dasharray:4 3}
.arrow{stroke:var(--muted);stroke-width:2;fill:none}
.arrow-head{fill:var(--muted)}
.bus{stroke:var(--line);stroke-width:2;fill:none}
.station{color:var(--ink)}
.station rect{fill:var(--wash);stroke:var(--edge)}
.station .edge{fill:var(--ink);stroke:none}
.station .count{fill:var(--text)}
a.station{text-decoration:none;cursor:pointer}
a.station:hover rect:first-child{stroke:var(--ink);stroke-width:2}
a.station:focus-visible{outline:none}
a.station:focus-visible rect:first-child{stroke:var(--accent);stroke-width:4}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.925rem}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line);vertical-align:middle}
thead th{color:var(--muted);font-size:.82rem;font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}
.zero{color:var(--muted)}
.bar{width:140px;height:10px;display:block}
.fill-fail{fill:var(--fail)}.fill-unknown{fill:var(--unknown)}.fill-pass{fill:var(--pass)}.fill-not-applicable{fill:var(--band)}
#filters{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin-bottom:.75rem}
#filters[hidden]{display:none}
#filters .grow{flex:1 1 220px}
#filters label{display:block;font-size:.82rem;color:var(--muted);margin-bottom:.15rem}
input,select,button{font:inherit;font-size:.925rem;color:var(--text);background:var(--panel);border:1px solid var(--muted);border-radius:8px;padding:.4rem .6rem;min-height:2.4rem}
input{width:100%}
select{max-width:15rem}
button{cursor:pointer;background:var(--soft);padding-inline:1rem}
button:hover{border-color:var(--accent)}
.cards{list-style:none;padding:0;display:grid;gap:.6rem;margin:.6rem 0}
.card{border:1px solid var(--line);border-left:5px solid var(--ink);border-radius:10px;padding:.7rem .9rem;content-visibility:auto;contain-intrinsic-size:auto 118px;min-width:0}
.card-title{overflow-wrap:anywhere}
.card details{margin-top:.35rem}
.card details p,.card details ul{margin-top:.5rem}
summary{cursor:pointer}
.card summary{color:var(--accent);font-size:.9rem;width:fit-content}
.evidence{margin:.5rem 0;display:grid;gap:.5rem}
.evidence div{background:var(--soft);border-radius:8px;padding:.5rem .7rem;font-size:.925rem}
.evidence dt{color:var(--muted)}
.note{color:var(--muted);font-size:.925rem}
.control{border:1px solid var(--line);border-radius:10px;margin:.45rem 0;padding:.5rem .9rem}
.control summary{display:flex;flex-wrap:wrap;gap:.35rem .6rem;align-items:center}
.control summary code{color:var(--muted);margin-left:auto}
.control[open] summary{margin-bottom:.6rem}
.facts{display:grid;gap:.35rem}
.facts div{display:grid;grid-template-columns:7.5rem 1fr;gap:.75rem}
.facts dt{color:var(--muted);font-size:.9rem}
.facts dd{overflow-wrap:anywhere;min-width:0}
.page{border-top:1px solid var(--line);margin-top:.8rem;padding-top:.2rem}
.page h5,.page h6{font-size:.95rem;margin:1rem 0 .25rem}
.page p,.page ul,.page ol{margin:.35rem 0}
.page th,.page td{vertical-align:top}
@media (max-width:820px){.top{grid-template-columns:minmax(0,1fr)}.picture.wide{display:none}.picture.narrow{display:block;max-width:440px;margin-inline:auto}.areas th:nth-child(2),.areas td:nth-child(2){display:none}.facts div{grid-template-columns:minmax(0,1fr);gap:0}.control summary code{margin-left:0;flex-basis:100%}.tiles{grid-template-columns:1fr 1fr}.measures{grid-template-columns:1fr}}
@media (forced-colors:active){.station rect,.card,.badge,.chip{forced-color-adjust:none}}
@media print{:root{--ground:#fff;--panel:#fff}body{font-size:11pt}.skip,#filters,#more{display:none}.panel{border:0;padding:0;break-inside:auto}.card,.first li{break-inside:avoid;content-visibility:visible}a{color:inherit}}
`;
