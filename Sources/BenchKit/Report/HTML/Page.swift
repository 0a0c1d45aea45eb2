/// A page of HTML that stands by itself: it loads nothing, and is XML, too.
struct Page {
    let title: String
    /// The line above the title.
    let above: String
    let content: [Markup]

    init(title: String, above: String, @MarkupBuilder _ content: () -> [Markup]) {
        self.title = title
        self.above = above
        self.content = content()
    }

    /// The file.
    var text: String {
        "<!DOCTYPE html>\n"
            + Markup("html", ["lang": "en"]) {
                Markup("head") {
                    Markup("meta", ["charset": "utf-8"])
                    Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                    Markup("meta", ["name": "generator", "content": "unet1d-bench"])
                    Markup("title") { "\(title) – \(above)" }
                    // Browsers ask the server for an icon unless the page has one.
                    Markup("link", ["rel": "icon", "href": "data:,"])
                    Markup("style") { Markup.raw(PageStyle.sheet) }
                }
                Markup("body") {
                    Markup("main") {
                        Markup("header") {
                            Markup("p", ["class": "above"]) { above }
                            Markup("h1") { title }
                        }
                        content
                    }
                    Markup("script") { Markup.raw(PageStyle.script) }
                }
            }.text + "\n"
    }

    /// A part of the page with a heading.
    static func section(_ title: String, id: String, @MarkupBuilder _ content: () -> [Markup]) -> Markup {
        Markup("section", ["id": id]) {
            Markup("h2") { title }
            content()
        }
    }

    /// A drawing with its caption and, above it, what its colours mean.
    static func figure(_ plot: Plot, caption: String, legend: Markup? = nil) -> Markup {
        Markup("figure") {
            Markup("h3") { plot.title }
            Markup("figcaption") { caption }
            legend
            plot.markup
        }
    }

    /// Swatches with names.
    static func legend(_ entries: [(name: String, swatch: Markup)]) -> Markup {
        Markup("ul", ["class": "legend"]) {
            for entry in entries {
                Markup("li") {
                    Markup("svg", ["viewBox": "0 0 14 12", "aria-hidden": "true"]) { entry.swatch }
                    entry.name
                }
            }
        }
    }

    /// A filled swatch.
    static func filled(_ style: String) -> Markup {
        Markup("rect", ["width": "12", "height": "12", "class": style])
    }

    /// A swatch of a curve.
    static func stroke(_ style: String) -> Markup { Markup("path", ["d": "M0 6H14", "class": "curve \(style)"]) }

    /// What a family of operations is coloured with, for those that occur.
    static func legend(_ families: Set<OperationFamily>) -> Markup {
        legend(OperationFamily.allCases.filter(families.contains).map { ($0.name, filled($0.rawValue)) })
    }

    /// A table that scrolls by itself where it is too wide; the columns `texts` are text, the others numbers.
    static func table(_ name: String, _ columns: [String], texts: Set<Int> = [0], rows: [[String]]) -> Markup {
        func style(_ column: Int) -> String? { texts.contains(column) ? nil : "number" }
        return Markup("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": name]) {
            Markup("table") {
                Markup("thead") {
                    Markup("tr") {
                        for (index, column) in columns.enumerated() {
                            Markup("th", ["scope": "col", "class": style(index)]) { column }
                        }
                    }
                }
                Markup("tbody") {
                    for row in rows {
                        Markup("tr") {
                            for (index, cell) in row.enumerated() { Markup("td", ["class": style(index)]) { cell } }
                        }
                    }
                }
            }
        }
    }

    /// Names with what they are.
    static func facts(_ facts: [(name: String, value: String)]) -> Markup {
        Markup("dl", ["class": "facts"]) {
            for fact in facts {
                Markup("dt") { fact.name }
                Markup("dd") { fact.value }
            }
        }
    }

    /// What is shown when somebody wants it.
    static func folded(_ summary: String, @MarkupBuilder _ content: () -> [Markup]) -> Markup {
        Markup("details") {
            Markup("summary") { summary }
            content()
        }
    }

    /// Notes, a paragraph each; nil where there are none.
    static func notes(_ notes: [String]) -> Markup? {
        notes.isEmpty ? nil : section("Notes", id: "notes") { for note in notes { Markup("p") { note } } }
    }
}
