/// Light on every window; nothing is told by colour alone.
pub(super) const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 1rem 2rem; max-width: 72rem; background: #fff; color: #111;
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1.2rem 0 .4rem; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; border-bottom: 2px solid #1f4e8c; }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .2rem; }
p, li { max-width: 46rem; }
a { color: #123f78; }
:focus-visible { outline: 3px solid #b25d00; outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: #fff; padding: .3rem .6rem; z-index: 1; }
.disclaimer { border: 2px solid #222; padding: .4rem .8rem; }
.warning { border-left: .5rem double #9c1c1c; padding: .2rem .8rem; background: #fbeeee; }
.none { border-left: .3rem dotted #555; padding-left: .8rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
nav a { display: inline-block; padding: .25rem 0; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dl.facts dt { font-weight: 600; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .6rem 0; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .2rem; }
th, td { padding: .2rem .7rem .2rem 0; text-align: left; border-bottom: 1px solid #bbb; white-space: nowrap; }
thead th { white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: flex-start; }
.figures > .scroll { flex: 1 1 20rem; min-width: 0; }
figure { margin: .5rem 0; max-width: 100%; }
figure > svg { display: block; max-width: 100%; height: auto; }
figcaption { font-size: .95rem; max-width: 480px; }
summary { cursor: pointer; padding: .3rem 0; text-decoration: underline; }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(17.5rem, 1fr)); gap: 1.2rem; padding: 0; list-style: none; }
.cells svg { width: 17rem; max-width: 100%; height: auto; display: block; background: #000; }
.cells p { margin: .2rem 0; font-size: .95rem; overflow-wrap: anywhere; }
footer { margin-top: 3rem; }
@media (max-width: 30rem) { dl.facts { grid-template-columns: 1fr; } dl.facts dd { margin-bottom: .4rem; } }
@media print { nav, .skip { display: none; } figure, .cells li { break-inside: avoid; } }
";
