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

    /// The worst verdict of a sweep's runs, with each warning once; nil where all are steady.
    init?(_ sweep: Sweep) {
        let grades = sweep.runs.map(\.verdict.grade)
        guard let worst = [.debug, .short, .noisy].first(where: grades.contains) else { return nil }
        grade = worst
        let count = grades.count { $0 == worst }
        text =
            "\(count) of \(Figures.counted(grades.count, "run"))"
            + (count == grades.count ? "." : "; the table says which.")
        var known: [Warning] = []
        for warning in sweep.runs.flatMap(\.warnings) where !known.contains(where: { $0.advice == warning.advice }) {
            known.append(warning)
        }
        warnings = known
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
