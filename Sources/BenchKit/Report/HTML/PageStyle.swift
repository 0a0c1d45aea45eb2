/// How pages look, and how the keyboard moves in their drawings.
enum PageStyle {
    /// The whole style sheet: light and dark paper, narrow and wide, printed in light colours.
    static var sheet: String {
        """
        :root{color-scheme:light dark;\(Colour.variables(\.light))}
        @media (prefers-color-scheme:dark){:root{\(Colour.variables(\.dark))}}
        \(text)
        \(blocks)
        \(tables)
        \(drawings)
        \(Colour.plotRules(\.variable))
        \(Colour.seriesRules)
        @media print{:root{color-scheme:light;\(Colour.variables(\.light))}
        @page{margin:14mm}
        body{font-size:10pt}
        main{max-width:none;padding:0}
        figure,.tile,tr,li{break-inside:avoid}
        h2,h3{break-after:avoid}
        .tip,.hint{display:none}
        *{print-color-adjust:exact}
        }
        """
    }

    private static let text = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
        font-variant-numeric:tabular-nums}
        main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 4rem}
        h1{font-size:1.6rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere}
        h2{font-size:1.2rem;line-height:1.3;margin:2.75rem 0 .5rem}
        h3{font-size:1rem;margin:1.5rem 0 .25rem}
        p{margin:.4rem 0;max-width:46rem;overflow-wrap:anywhere}
        .soft,figcaption{color:var(--soft);font-size:.9rem}
        .above{color:var(--soft);font-size:.9rem;margin:0 0 .25rem}
        """

    private static let blocks = """
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem;margin:1.25rem 0}
        .tile{background:var(--card);border-radius:.5rem;padding:.75rem .9rem}
        .tile dt{color:var(--soft);font-size:.85rem}
        .tile dd{margin:0}
        .tile .value{font-size:1.6rem;font-weight:600;line-height:1.25;white-space:nowrap}
        .tile .unit{font-size:1rem;font-weight:400;color:var(--soft)}
        .tile .note{font-size:.8rem;color:var(--soft)}
        .notice{border-left:4px solid var(--notice);background:var(--card);border-radius:0 .5rem .5rem 0;
        padding:.75rem 1rem;margin:1.25rem 0}
        .notice.steady{border-color:var(--norm)}
        .notice p{max-width:none}
        .notice ul{margin:.4rem 0 0;padding-left:1.1rem}
        .notice li{margin:.25rem 0;overflow-wrap:anywhere}
        .pair{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem 2.5rem}
        @media (min-width:56rem){.pair{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}}
        .pair h3{margin-top:.25rem}
        details{margin:.75rem 0}
        .notice details{margin:.25rem 0 0}
        summary{cursor:pointer;color:var(--soft);font-size:.9rem;padding:.25rem 0}
        """

    private static let tables = """
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;font-size:.875rem}
        th,td{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
        th{color:var(--soft);font-weight:400}
        td:not(.number){min-width:7rem}
        td:first-child{white-space:nowrap}
        .number{text-align:right;white-space:nowrap}
        .facts{display:grid;grid-template-columns:minmax(0,auto) minmax(0,1fr);gap:.2rem 1.25rem;
        margin:.5rem 0;font-size:.9rem}
        .facts dt{color:var(--soft)}
        .facts dd{margin:0;overflow-wrap:anywhere}
        """

    private static let drawings = """
        figure{margin:.75rem 0 1.25rem}
        figcaption{max-width:46rem}
        .plot{display:block;width:100%;overflow:visible;margin:.5rem 0}
        .legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;padding:0;margin:.4rem 0;font-size:.85rem}
        .legend svg{width:14px;height:12px;margin-right:.4rem;vertical-align:-1px;overflow:visible}
        .part{outline:none;cursor:default}
        .part .tip{visibility:hidden}
        .part:hover .tip,.part:focus .tip{visibility:visible}
        .plot:has(.part:hover) .part:focus:not(:hover) .tip{visibility:hidden}
        .plot:has(.part:hover) .hint,.plot:focus-within .hint{visibility:hidden}
        #timeline .part:not(:hover):not(:focus)>rect{stroke:none}
        .part:hover>rect{stroke:var(--ink);stroke-width:2}
        .part:focus>rect{stroke:var(--ink);stroke-width:3}
        a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        """

    /// The arrow keys, Home and End move from part to part of a drawing, which is a single stop of the Tab key.
    static let script = """
        for (const plot of document.querySelectorAll("svg.parts")) {
          const parts = [...plot.querySelectorAll(".part")];
          plot.addEventListener("keydown", event => {
            const at = parts.indexOf(document.activeElement);
            const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
              Home: 0, End: parts.length - 1 }[event.key];
            if (at === -1 || !parts[to]) return;
            parts[at].setAttribute("tabindex", "-1");
            parts[to].setAttribute("tabindex", "0");
            parts[to].focus();
            event.preventDefault();
          });
        }

        """
}
