/** The report's style sheet. */
export const reportStyle = `
body { font: 15px/1.5 Inter, Helvetica, Arial, sans-serif; color: #1f2430; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2.5rem; border-bottom: 1px solid #e6e8ec; padding-bottom: .3rem; }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; color: #5b6270; }
dt, dd { display: inline; margin: 0 .4rem 0 0; } dd { color: #1f2430; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #e6e8ec; font-weight: normal; }
th { color: #5b6270; } td:first-child, th:first-child { text-align: left; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; } .figures svg { max-width: 100%; height: auto; }
.worst, .scroll { overflow-x: auto; } .worst svg { min-width: 40rem; max-width: 100%; height: auto; }
.confusion caption { text-align: left; color: #5b6270; caption-side: top; }
.confusion td { text-align: center; min-width: 1.6rem; padding: .25rem; border: 1px solid #fff; }
.confusion th { text-align: right; } .confusion th span { writing-mode: vertical-rl; rotate: 180deg; }
.confusion .right { background: rgb(0 114 178 / var(--share)); } .confusion .wrong { background: rgb(213 94 0 / calc(var(--share) * 2)); }
`;
