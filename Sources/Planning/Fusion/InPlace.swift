/// The pass that decides which results are written over what they are made of: where the equation allows it, no later
/// equation reads that, and the network keeps it under no name.
enum InPlace {
    /// - Parameters:
    ///   - kept: values that nothing is written over.
    ///   - forwardLines: how many of the lines are the forward's; nil: all. Those choose their epilogues as if there were no gradient,
    ///     so that its output has the same bits; what the gradient reads is then written beside its input.
    static func applied(to lines: [Line], kept: Set<Int>, forwardLines: Int? = nil) -> [Line] {
        var result = lines
        let forwardLines = forwardLines ?? lines.count
        let forward = Array(lines[..<forwardLines])
        for (index, line) in lines.enumerated() {
            guard line.equation.mayOverwriteInput, let x = line.equation.reads.first, !kept.contains(x.buffer) else {
                continue
            }
            let own = index < forwardLines ? forward : lines
            result[index].hints.follows = !own.reads(x, from: index + 1)
            result[index].hints.overwritesInput = !lines.reads(x, from: index + 1)
        }
        return result
    }
}
