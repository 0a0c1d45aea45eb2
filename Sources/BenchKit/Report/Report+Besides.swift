extension Report {
    /// What was measured besides forwards one after another, in words: a name, a title, and lines.
    var besides: [(name: String, title: String, lines: [String])] {
        [
            ("loop", "Denoising loops", loop?.lines ?? []), ("gradient", "Gradients", gradient?.lines ?? []),
            ("load", "Load", load?.lines ?? []),
        ].filter { !$0.lines.isEmpty }
    }
}
