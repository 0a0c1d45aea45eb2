/// What to make of the figures, before any of them.
struct Notice {
    let grade: Verdict.Grade
    /// Sentences after the grade.
    let text: String
    let warnings: [Warning]

    /// The verdict on a run.
    init(_ report: Report) {
        let verdict = report.verdict
        grade = verdict.grade
        text = "\(verdict.reason). \(verdict.advice.capitalizedFirst)."
        warnings = report.warnings
    }

    var markup: Markup {
        Markup(
            "section",
            [
                "class": grade == .steady ? "notice steady" : "notice", "id": "notice",
                "aria-label": "What to make of these figures",
            ]
        ) {
            Markup("p") {
                Markup("strong") { grade.rawValue.capitalizedFirst }
                ": \(text)"
            }
            if !warnings.isEmpty {
                Page.folded(Figures.counted(warnings.count, "warning")) {
                    Markup("ul") {
                        for warning in warnings {
                            Markup("li") {
                                warning.text
                                Markup("span", ["class": "soft"]) { " → \(warning.advice)" }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension String {
    /// The text with a capital letter first.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
