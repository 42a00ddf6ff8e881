#include "report/internal/sections.h"

namespace cloister::report::internal {

// Dark on light, whatever the reader's system prefers: a page that is printed looks like the one that is read.
Literal Style() {
  return R"(
:root{color-scheme:light;--ink:#16212e;--soft:#4d5b6b;--line:#d5dce4;--wash:#f4f7fa;--blue:#0f5c86;--sky:#dcedf7;--gold:#b4690e;--red:#b3001e}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:#fff;color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:40px 28px 56px}
h1,h2,h3{line-height:1.2;text-wrap:balance;margin:0}
h1{font-size:clamp(1.6rem,4.2vw,2.35rem);font-weight:700;letter-spacing:-.015em}
h2{font-size:1.22rem;font-weight:700;padding-top:26px;border-top:1px solid var(--line);margin:38px 0 14px}
h3{font-size:1rem;margin:20px 0 6px}
p{margin:0 0 10px}
code,.m{font-family:ui-monospace,"SF Mono","Cascadia Mono",Menlo,"DejaVu Sans Mono",monospace}
code{font-size:.82em;overflow-wrap:anywhere;word-break:break-all}
.kicker{color:var(--soft);font-size:.85rem;margin-bottom:8px}
.lead{font-size:1.12rem;max-width:46em;margin:16px 0 22px}
.meta,.note,.small,figcaption{color:var(--soft);font-size:.88rem}
.note{max-width:60em;margin-top:12px}
.banner,.private{border-left:5px solid var(--red);background:#fdf0f1;color:var(--red);padding:12px 16px;margin:18px 0 0;border-radius:0 6px 6px 0;max-width:62em}
.private{border-color:var(--gold);background:#fdf6ea;color:#7a4505}
.red{color:var(--red);font-weight:600}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:14px;list-style:none;margin:0 0 18px;padding:0}
.tiles li{background:var(--wash);border-radius:8px;padding:14px 16px}
.tiles b{display:block;font-size:1.55rem;line-height:1.2;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.tiles span{color:var(--soft);font-size:.86rem;line-height:1.35;display:block;margin-top:4px}
figure{margin:0 0 16px}
figcaption{max-width:64em;margin-top:14px}
svg{display:block;max-width:100%;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
.wide{width:100%}
.narrow{display:none;width:100%}
.b{fill:#fff;stroke:#9fb0c0;stroke-width:1.3}
.b.red{stroke:var(--red);stroke-width:2}
.b.key{fill:var(--sky);stroke:var(--blue)}
.b.out{fill:#fdf3e3;stroke:var(--gold)}
.b.rail{fill:var(--wash)}
.c{font-size:13px;font-weight:700;fill:var(--blue);white-space:pre}
.t,.r{font-size:14px;font-weight:600;fill:var(--ink)}
.r{fill:var(--red)}
.s{font-size:12.5px;fill:var(--soft)}
svg .m{font-size:12px;fill:var(--ink)}
.narrow .t{font-size:12.6px}.narrow .r{font-size:12.6px}.narrow .s{font-size:11.6px}
.arrow{fill:none;stroke:#7b8b9b;stroke-width:1.4}
.head{fill:#7b8b9b}
dl{display:grid;grid-template-columns:minmax(9em,13em) 1fr;gap:5px 18px;margin:0 0 16px}
.measured{grid-template-columns:repeat(3,auto 1fr)}
dt{color:var(--soft)}
dd{margin:0;color:var(--ink)}
table{width:100%;border-collapse:collapse;margin:0;table-layout:fixed}
.keys th:nth-child(1){width:13%}.keys th:nth-child(2){width:16%}
.parties th:nth-child(1){width:40%}.parties th:nth-child(2){width:22%}
.outputs th:nth-child(1){width:20%}.outputs th:nth-child(2){width:18%}.outputs th:nth-child(3){width:8%}
.withheld th:nth-child(1){width:36%}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:6px}
th,td{text-align:left;vertical-align:top;padding:8px 16px 8px 0;border-top:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600;font-size:.84rem;border-top:0}
tbody th{font-weight:600}
.legend,.budgets,.plain{list-style:none;margin:0;padding:0}
.legend{display:flex;flex-wrap:wrap;gap:6px 22px;font-size:.88rem;color:var(--soft);margin-bottom:14px}
.legend i{display:inline-block;width:14px;height:14px;border-radius:3px;margin-right:7px;vertical-align:-2px;border:1px solid transparent}
.budgets{display:grid;gap:20px 26px;grid-template-columns:repeat(auto-fit,minmax(270px,1fr))}
.who{margin:0 0 5px}
.numbers{color:var(--soft);font-size:.88rem;margin:5px 0 0;font-variant-numeric:tabular-nums}
.bar{border-radius:5px;overflow:hidden}
.was{fill:#48596b;background:#48596b}
.now{fill:#e0902b;background:#e0902b}
.left{fill:#e6edf3;background:#e6edf3}
.legend .left{border-color:#b9c6d2}
.plain li{padding:0 0 9px 18px;position:relative;max-width:64em}
.plain li::before{content:"";position:absolute;left:2px;top:.62em;width:6px;height:6px;border-radius:50%;background:var(--blue)}
.steps{padding-left:1.3em;margin:0}
.steps li{padding-left:4px;margin-bottom:12px}
pre{background:var(--wash);border-radius:6px;padding:10px 14px;margin:6px 0 0;overflow-x:auto;white-space:pre-wrap}
pre code{font-size:.84rem;word-break:normal}
summary{cursor:pointer;color:var(--blue);font-weight:600}
summary:focus-visible{outline:3px solid var(--blue);outline-offset:3px}
@media(max-width:680px){
main{padding:22px 16px 36px}
.lead{font-size:1.04rem}
.tiles{grid-template-columns:1fr 1fr;gap:10px}
.tiles li{padding:12px}
.tiles b{font-size:1.3rem}
.wide{display:none}
.narrow{display:block}
dl,.measured{grid-template-columns:1fr;gap:0}
dd{margin-bottom:8px}
table,tbody,tr,th,td,caption{display:block}
.keys th,.parties th,.outputs th,.withheld th{width:auto!important}
thead{display:none}
tbody tr{border-top:1px solid var(--line);padding:9px 0}
tbody th,tbody td{border:0;padding:0}
td[data-label]::before{content:attr(data-label) ": ";color:var(--soft);font-size:.84rem}
}
@page{size:A4;margin:10mm 12mm 9mm}
@media print{
body{font-size:7.7pt;line-height:1.33}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
h1{font-size:15.5pt}
caption{display:none}
.keys th:nth-child(1){width:10%}.keys th:nth-child(2){width:15%}
h2{font-size:9.4pt;margin:6.5pt 0 3pt;padding-top:4.5pt;break-after:avoid}
h3{font-size:8.6pt;margin:6pt 0 2pt}
p{margin-bottom:4pt}
.lead{font-size:8.6pt;margin:5pt 0 6pt;max-width:none}
.note,figcaption,.banner,.private,.plain li{max-width:none}
.kicker,.meta,.note,.small,figcaption,.numbers,caption,.legend,thead th{font-size:7pt}
.kicker{margin-bottom:3pt}
.note,figcaption{margin-top:4pt}
.banner,.private{padding:5pt 9pt;margin-top:6pt}
.tiles{gap:6pt;margin-bottom:5pt}
.tiles li{padding:5pt 8pt}
.tiles b{font-size:13pt}
.tiles span{font-size:7.2pt;margin-top:1pt}
.wide{display:block}
.narrow{display:none}
figure{margin-bottom:6pt}
code{font-size:5.9pt}
.meta code{font-size:6pt}
dl{gap:0 10pt;margin-bottom:5pt;grid-template-columns:14em 1fr}
.measured{grid-template-columns:repeat(3,auto 1fr)}
dl,dt,dd{font-size:7pt}
th,td{padding:1.7pt 8pt 1.7pt 0}
.budgets{gap:6pt 14pt;grid-template-columns:repeat(3,1fr)}
.who{margin-bottom:2pt}
.numbers{margin-top:2pt}
.bar{height:11pt}
.legend{margin-bottom:5pt}
.plain li{padding-bottom:1.5pt;padding-left:10pt}
.steps li{margin-bottom:2.5pt}
pre{padding:1.5pt 6pt;margin-top:1pt}
pre code{font-size:7pt}
figure,.budgets li,tr,.tiles,.banner,.steps li{break-inside:avoid}
details{display:none}
}
)";
}

}  // namespace cloister::report::internal
