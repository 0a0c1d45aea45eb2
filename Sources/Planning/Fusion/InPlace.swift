/// The pass that decides which results are written over what they are made of: where the equation allows it, no later
/// equation reads that, and the network keeps it under no name. It also decides which equations may be epilogues.
///
/// Equations of the forward are epilogues as if there were no gradient, so that the output has the same bits. What the
/// gradient reads is then written beside its input.
enum InPlace {
    /// - Parameters:
    ///   - kept: values that nothing is written over.
    ///   - forwardLines: how many of the lines are the forward's; nil: all.
    static func applied(to lines: [Line], kept: Set<Int>, forwardLines: Int? = nil) -> [Line] {
        var result = lines
        let forwardLines = forwardLines ?? lines.count
        let latestReaders = self.latestReaders(lines[...])
        let latestInForward = self.latestReaders(lines[..<forwardLines])
        for (index, line) in lines.enumerated() {
            guard line.equation.mayOverwriteInput, let x = line.equation.reads.first, !kept.contains(x.buffer) else {
                continue
            }
            let own = index < forwardLines ? latestInForward : latestReaders
            result[index].hints.follows = own[x.buffer] == index
            result[index].hints.overwritesInput = latestReaders[x.buffer] == index
        }
        return result
    }

    /// The last line that reads each value.
    private static func latestReaders(_ lines: ArraySlice<Line>) -> [Int: Int] {
        var latest: [Int: Int] = [:]
        for (index, line) in zip(lines.indices, lines) {
            for value in line.equation.reads { latest[value.buffer] = index }
        }
        return latest
    }
}
