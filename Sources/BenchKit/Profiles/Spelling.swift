/// Which of some words was meant.
enum Spelling {
    /// The word that differs least from `word`, in two letters or a third of them, of short words in one; nil if none is
    /// near.
    ///
    /// - Complexity: O(known × letters²), letters being at most 64.
    static func nearest(to word: String, among known: [String]) -> String? {
        let letters = Array(word.lowercased().utf8)
        guard letters.count <= 64 else { return nil }
        let distances = known.map { (word: $0, edits: edits(letters, Array($0.utf8))) }
        guard let best = distances.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= (letters.count < 4 ? 1 : max(2, letters.count / 3)) ? best.word : nil
    }

    /// Letters to be inserted, removed or replaced (Levenshtein's distance).
    private static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, min(row[j], row[j + 1]) + 1)
            }
        }
        return row[b.count]
    }
}
