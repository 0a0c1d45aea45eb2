import Checkpoint

// Short forwards: the outer levels anew, and below them what the latest whole forward left.
// Source: Ma, Fang and Wang, "DeepCache: Accelerating Diffusion Models for Free", 2023, arXiv 2312.00858.

extension Plan {
    /// The operations of a short forward as a plan over the same buffers; nil where the plan has no short forwards.
    ///
    /// They are those on which the output depends once what comes from below is given, and give the bits that they give
    /// in a whole forward.
    package var short: Plan? {
        guard let deepBuffer else { return nil }
        var short = self
        (short.operations, short.stages) = ([], [])
        let isNeeded = Self.needed(operations, given: deepBuffer)
        for stage in stages {
            let first = short.operations.count
            for index in stage.operations where isNeeded[index] {
                var operation = operations[index]
                operation.stage = short.stages.count
                short.operations.append(operation)
            }
            if short.operations.count == first { continue }
            short.stages.append(
                Stage(
                    operations: first..<short.operations.count,
                    tileCount: short.operations[first...].reduce(0) { $0 + $1.tileCount }, isSerial: stage.isSerial))
        }
        return short
    }

    /// The multiply-adds of a short forward, as `multiplyAdds` of a whole one; nil where the plan has none.
    public var shortMultiplyAdds: Int? { short?.multiplyAdds }

    /// For each operation whether the caller's output depends on it when one buffer is given.
    private static func needed(_ operations: [Plan.Operation], given: Int) -> [Bool] {
        var needed: Set<Int> = []
        var result = operations.map { _ in false }
        for (index, operation) in operations.enumerated().reversed() {
            result[index] = operation.calls.contains { call in
                call.operands.contains { operand in
                    operand.access == .written
                        && (operand.place == .caller(.output) || operand.buffer.map { needed.contains($0) } ?? false)
                }
            }
            if result[index] { needed.formUnion(operation.calls.flatMap(\.reads).filter { $0 != given }) }
        }
        return result
    }

    /// Checks that a network has up blocks for so many levels.
    static func check(shortLevels: Int, of network: Network) throws(PlanningError) {
        let ups = network.up.count
        guard ups > 0 else {
            throw .size(
                name: "short levels", found: shortLevels, expected: "no short forwards: the model has no up blocks")
        }
        guard 1...ups ~= shortLevels else {
            throw .size(name: "short levels", found: shortLevels, expected: "1 to \(ups), the model's up blocks")
        }
    }
}
