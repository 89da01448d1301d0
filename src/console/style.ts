/** The page's style: one sheet, sent with each page, under its nonce. Widths are in its own type's size, so that it grows with it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#f4f6f6, #0e161b);
  --surface: light-dark(#fff, #152027);
  --ink: light-dark(#14222b, #e7eef1);
  --soft: light-dark(#52636e, #9fb1bb);
  --line: light-dark(#dbe2e4, #2a3942);
  --accent: light-dark(#0b6672, #62cbd6);
  --on-accent: light-dark(#fff, #06272b);
  --good: light-dark(#1c6b3d, #74d19a);
  --notice: light-dark(#8a5000, #f0b65d);
  --bad: light-dark(#b3261e, #ff8f86);
  --info: light-dark(#2354a0, #8fbbfb);
  --code: light-dark(#eef2f3, #1c2a32);
  --mark-old: light-dark(#fbe3e0, #4a2422);
  --mark-new: light-dark(#dcf1e3, #1c3f2b);
  font: clamp(15px, 13px + .18vw, 24px)/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  background: var(--bg);
  color: var(--ink);
}
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; min-width: 0; overflow-wrap: anywhere }
a { color: var(--accent); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px }
main:focus { outline: none }
h1, h2, h3 { line-height: 1.2; margin: 0; text-wrap: balance }
h1 { font-size: 1.65rem; letter-spacing: -.015em }
h2 { font-size: 1.1rem; margin-top: 2.25rem; margin-bottom: .75rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
p { margin: .5rem 0 }
ul, ol { padding-inline-start: 1.2rem; margin: .5rem 0 }
code, .mono { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
pre { font: .85em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--code); border-radius: .5rem; padding: .75rem 1rem; overflow: auto; white-space: pre-wrap; margin: .5rem 0 }
small, .small { font-size: .875rem }
.soft, .none, .note { color: var(--soft) }
.good { color: var(--good) } .bad { color: var(--bad) } .notice { color: var(--notice) }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip { position: absolute; inset-inline-start: 1rem; top: -4rem; background: var(--surface); padding: .5rem 1rem; z-index: 2 }
.skip:focus { top: .5rem }
[hidden] { display: none !important }

.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; padding: .6rem max(1rem, (100% - 68rem)/2); background: var(--surface); border-bottom: 1px solid var(--line) }
.brand { display: inline-flex; align-items: center; gap: .6rem; font-weight: 650; color: var(--ink); text-decoration: none; min-width: 0 }
.mark { width: 1.9rem; flex: none; fill: var(--accent) }
.mark .water { fill: none; stroke: var(--accent); stroke-width: 1.6; opacity: .55 }
.top nav { display: flex; flex-wrap: wrap; gap: .1rem .2rem; margin-inline-end: auto }
.top nav a { color: var(--soft); text-decoration: none; padding: .35rem .7rem; border-radius: .4rem }
.top nav a:hover { color: var(--ink); background: var(--code) }
.top nav a[aria-current] { color: var(--ink); background: var(--code); font-weight: 600 }
.choices { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1rem 0 }
.choices a { border: 1px solid var(--line); border-radius: 2rem; padding: .3rem .9rem; color: var(--soft); text-decoration: none; background: var(--surface) }
.choices a:hover { color: var(--ink) }
.choices a[aria-current] { border-color: var(--accent); color: var(--accent); font-weight: 600 }
.file { font-weight: 600; margin: .35rem 0 0 }
.who { display: flex; align-items: center; gap: .75rem; color: var(--soft); font-size: .875rem }
main { max-width: 70rem; margin: 0 auto; padding: 1.75rem 1rem 5rem }
main.alone { max-width: 30rem; padding-top: 12vh }
.alone .brand { margin-bottom: 2rem }
.lead { color: var(--soft); margin: .35rem 0 0; max-width: 44rem }

.card { background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem; margin: 1rem 0 }
.card > :first-child { margin-top: 0 } .card > :last-child { margin-bottom: 0 }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; margin: 1.25rem 0 }
.grid .card { margin: 0 }
.figure b { display: block; font-size: 1.5rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; letter-spacing: -.01em }
.figure span { color: var(--soft); font-size: .875rem }
meter, progress { width: 100%; height: .55rem; margin: .5rem 0; display: block; accent-color: var(--accent) }

.state { display: inline-flex; align-items: center; gap: .45rem; white-space: nowrap; font-weight: 550 }
.state svg { width: .95rem; height: .95rem; flex: none; fill: currentColor }
.state .on, .state .ring, .state .stroke { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
.state .on { stroke: var(--surface) }
.state.done { color: var(--good) } .state.going { color: var(--info) } .state.waiting, .state.refused { color: var(--notice) } .state.failed { color: var(--bad) } .state.undone, .state.unknown { color: var(--soft) }
.alert { border-inline-start: .3rem solid var(--notice); background: var(--surface); border-radius: .4rem; padding: .8rem 1rem; margin: 1rem 0 }
.alert.bad { border-color: var(--bad); color: inherit } .alert.good { border-color: var(--good); color: inherit }
.alert > :first-child { margin-top: 0 } .alert > :last-child { margin-bottom: 0 }

.scroll { position: relative; overflow-x: auto; margin: .5rem 0; border-radius: .5rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: .4rem .8rem; border-bottom: 1px solid var(--line); vertical-align: baseline }
th:first-child, td:first-child { padding-inline-start: 0 } th:last-child, td:last-child { padding-inline-end: 0 }
thead th { font-size: .8125rem; font-weight: 600; color: var(--soft); white-space: nowrap }
tbody th { font-weight: 500 }
tbody tr:last-child > * { border-bottom: 0 }
.number { text-align: end; white-space: nowrap }
tr.total > * { font-weight: 650; border-top: 2px solid var(--line) }

.changes { display: inline-flex; flex-wrap: wrap; gap: .1rem .9rem; font-variant-numeric: tabular-nums; white-space: nowrap }
.plus { color: var(--good); fill: var(--good) } .tilde { color: var(--info); fill: var(--info) } .minus { color: var(--bad); fill: var(--bad) }
.bar { width: 6rem; height: .5rem; display: block }
.runs { list-style: none; padding: 0; margin: 1rem 0; background: var(--surface); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden }
.runs li + li { border-top: 1px solid var(--line) }
.runs a { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr) 6rem minmax(9rem, auto) 7rem; align-items: center; gap: .15rem 1rem; padding: .65rem 1.1rem; color: inherit; text-decoration: none }
.runs a:hover { background: var(--code) }
.runs .state, .lead .state { white-space: normal }
.runs .what { min-width: 0 }
.runs .when { text-align: end; color: var(--soft); font-size: .875rem }
.day { font-size: .8125rem; font-weight: 600; color: var(--soft); margin: 1.5rem 0 -.5rem }

dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.5rem; margin: .75rem 0 }
dl.facts dt { color: var(--soft) } dl.facts dd { margin: 0 }

.checks { list-style: none; padding: 0; margin: .75rem 0; display: grid; gap: .6rem }
.checks li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr); gap: .6rem }
.checks p { margin: .1rem 0 0 } .checks .state { align-self: start; margin-top: .3rem }

form.stack { display: grid; gap: 1rem; max-width: 34rem }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0 }
legend, label.title { font-weight: 600; padding: 0; display: block; margin-bottom: .3rem }
.choice { display: flex; gap: .6rem; align-items: baseline; padding: .2rem 0 }
.choice small { display: block; color: var(--soft) }
input[type=text], input[type=password], input[type=search], select { font: inherit; color: inherit; background: var(--surface); border: 1px solid light-dark(#84949d, #5e727d); border-radius: .4rem; padding: .5rem .7rem; width: 100%; min-width: 0 }
input[type=radio], input[type=checkbox] { accent-color: var(--accent); width: 1.05em; height: 1.05em; flex: none; translate: 0 .12em }
button, .button { font: inherit; font-weight: 600; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); border-radius: .45rem; padding: .5rem 1.1rem; cursor: pointer; text-decoration: none; display: inline-block; min-height: 2.5rem }
button:hover, .button:hover { filter: brightness(1.08) }
button.quiet, .button.quiet { background: transparent; color: var(--accent); font-weight: 500 }
button.danger { background: var(--bad); border-color: var(--bad); color: light-dark(#fff, #3a0906) }
button:disabled { opacity: .5; cursor: not-allowed }
.who button.quiet { border: 0; padding: .2rem .4rem; min-height: 2rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin: 1rem 0 }
.command { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .6rem; font-size: .875rem; color: var(--soft) }
.command code { background: var(--code); border-radius: .35rem; padding: .2rem .5rem; color: var(--ink) }
.command button { min-height: 1.9rem; padding: .1rem .6rem; font-size: .8125rem }
.drop { border: 2px dashed light-dark(#84949d, #5e727d); border-radius: .75rem; padding: 2rem 1.25rem; text-align: center; background: var(--surface) }
.drop.over { border-color: var(--accent); background: var(--code) }
details > summary { cursor: pointer; font-weight: 600; padding: .3rem 0 }
.cells { display: grid; gap: .2rem }
del, ins { text-decoration: none }
.conflicts td { padding-inline: .8rem }
td del { color: var(--soft) } td ins { font-weight: 600; background: var(--mark-new); padding: 0 .25em; border-radius: .2em }
.cells del { background: var(--mark-old); text-decoration: none; padding: 0 .25em; border-radius: .2em }
.cells ins { background: var(--mark-new); text-decoration: none; padding: 0 .25em; border-radius: .2em }
.arrow { width: .9rem; height: .45rem; fill: none; stroke: var(--soft); stroke-width: 1.4 }
.row { border-top: 1px solid var(--line); padding: .45rem 0; display: grid; grid-template-columns: 1.2rem minmax(5rem, 12rem) minmax(0, 1fr); gap: .2rem .75rem }
.pages { display: flex; gap: 1rem; justify-content: space-between; margin: 1rem 0 }

@media (max-width: 48rem) {
  .runs a { grid-template-columns: minmax(0, 1fr) auto }
  .runs .bar { display: none }
  .runs .what { grid-column: 1/-1; grid-row: 2 }
  .runs .when { grid-column: 1/-1; text-align: start }
  .top { align-items: start } .top nav { order: 3; margin-inline: -.7rem; min-width: 0; max-width: calc(100% + 1.4rem); flex-wrap: nowrap; overflow-x: auto; white-space: nowrap }
  .who { margin-inline-start: auto }
  .row { grid-template-columns: 1.2rem minmax(0, 1fr) }
  .row > :nth-child(3) { grid-column: 2 }
  dl.facts { grid-template-columns: 1fr; gap: 0 } dl.facts dd { margin-bottom: .6rem }
  .secondary { display: none }
}
@media (max-width: 34rem) {
  .top { align-items: center; padding-block: .5rem } .brand { flex: 1 1 8rem }
  .top nav { flex: 1 0 100%; max-width: none; margin-inline: -.45rem; justify-content: space-between; gap: 0 } .top nav a { padding-inline: .45rem; font-size: .93rem }
  .top nav a > span, .who > span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .changes-table thead { position: absolute; clip-path: inset(50%) }
  .changes-table tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  .changes-table th { flex-basis: 100%; border: 0; padding: 0 } .changes-table td { border: 0; padding: 0 }
  .changes-table td::before { content: attr(data-sign) " " }
  .changes-table tr.total > * { border: 0 }
  .conflicts thead { position: absolute; clip-path: inset(50%) }
  .conflicts tr { display: block; padding: .3rem 0; border-bottom: 1px solid var(--line) }
  .conflicts th, .conflicts td { display: block; border: 0; padding: 0 }
  .conflicts td[data-name]::before { content: attr(data-name) ": "; color: var(--soft) }
}
@media (prefers-reduced-motion: no-preference) {
  .state.going svg { animation: turn 2.4s linear infinite }
  @keyframes turn { to { rotate: 360deg } }
}
@media (forced-colors: active) { .bar rect { fill: CanvasText } }

form.wide { max-width: none }
.boxes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: 0 1.5rem; max-height: 24rem; overflow: auto; border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem }
.boxes .choice > span { min-width: 0 }
form:not(:has([value=chosen]:checked)) > .chosen { display: none }
.archives { list-style: none; padding: 0; margin: 1rem 0; background: var(--surface); border: 1px solid var(--line); border-radius: .75rem }
.archives li { display: grid; grid-template-columns: minmax(0, 1fr) 10rem 9rem 14rem; align-items: baseline; gap: .2rem 1rem; padding: .65rem 1.1rem }
.archives li + li { border-top: 1px solid var(--line) }
.archives.three li { grid-template-columns: minmax(0, 1fr) 10rem minmax(0, 1fr) }
.archives.record li { grid-template-columns: 7rem minmax(0, 1fr) minmax(0, 14rem) 13rem }
.archives .links { display: flex; flex-wrap: wrap; gap: .1rem 1rem; justify-content: end }
.archives .when { text-align: end }
.archives .state { align-items: baseline }
.archives .state svg { translate: 0 .12em }
.pages .actions { margin: 0 }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem }
.pair .whole { grid-column: 1/-1; margin: 0 }
.pair .title { font-weight: 600; display: block; margin-bottom: .3rem }
@media (max-width: 48rem) {
  .archives li, .archives.three li, .archives.record li { grid-template-columns: minmax(0, 1fr) }
  .scroll tbody th { min-width: 9rem }
  .archives .links { justify-content: start }
  .archives .when { text-align: start }
}
.stack > .actions { margin: 0 }
.drop { margin: 1.25rem 0 }
.drop input[type=file] { font-size: 0; max-width: 100% }
.drop ::file-selector-button { font: 600 1rem/1.5 system-ui, sans-serif; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); border-radius: .45rem; padding: .5rem 1.1rem; margin: 0; cursor: pointer }
.drop :disabled::file-selector-button { opacity: .5; cursor: not-allowed }
.drop .actions { justify-content: center; margin-bottom: 0 }
@media (min-width: 48.01rem) { .runs.waiting a { grid-template-columns: minmax(0, 1fr) auto 6rem } }
@media (max-width: 48rem) {
  .runs.waiting .what { grid-row: 1 } .runs.waiting .number { text-align: start; font-size: .875rem; color: var(--soft) } .runs.waiting .when { grid-column: 2; text-align: end }
  .archives.record li { grid-template-columns: minmax(0, 1fr) auto } .archives.record li > :nth-child(n+2) { grid-column: 1/-1 } .archives.record li > .when { grid-column: 2; grid-row: 1; text-align: end }
}
.record .state.done { color: var(--soft); font-weight: 400 } .record .state.done svg { color: var(--good) }
.terminal .command > .note:first-child { display: none }
`;
