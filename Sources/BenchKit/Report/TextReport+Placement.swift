import Arena
import Glibc
import UNet1D

extension TextReport {
    /// A line for each request to the system, with what was granted.
    func placement(_ placement: PlacementReport) -> String {
        var table = Table([("placement", .left), ("asked", .left), ("obtained", .left)])
        let quota = placement.quota.map { ", quota of \(Figures.short($0)) CPUs" } ?? ""
        table.add([
            "cores", "CPUs \(list(placement.allowedCPUs))\(quota)",
            Figures.counted(placement.usableCores, "usable core"),
        ])
        table.add([
            "pinning", pinning(placement.cpusAsked, caller: "caller"),
            pinning(placement.cpusObtained, caller: "caller unbound") + refused(placement.pinningRefusal),
        ])
        let huge = placement.hugePageBytes.map { ", \(Figures.bytes($0)) in use" } ?? ""
        table.add(["huge pages", requested(placement.hugePages), granted(placement.hugePages, "advised\(huge)")])
        table.add(["mlock", requested(placement.lock), granted(placement.lock, "locked")])
        table.add([
            "numa", placement.numaAsked.rawValue,
            "\(placement.numa.rawValue), \(Figures.counted(placement.nodes.count, "node"))",
        ])
        if placement.numa != .off {
            table.add(["arena, scratch", pages(placement.memory), found(placement.memory)])
            table.add([
                "weights", "\(pages(placement.weights)), \(Figures.counted(placement.weightCopies, "set"))",
                found(placement.weights),
            ])
        }
        return table.text(indent: "")
    }

    private func list(_ numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// What holds for the caller, then the CPUs of workers 1 and up.
    private func pinning(_ cpus: [Int?], caller: String) -> String {
        let others = cpus.dropFirst().map { $0.map { "\($0)" } ?? "any" }
        return others.isEmpty ? caller : "\(caller), CPU \(others.joined(separator: " "))"
    }

    private func requested(_ request: PlacementReport.Wish) -> String { request.asked ? "yes" : "no" }

    private func granted(_ request: PlacementReport.Wish, _ done: String) -> String {
        (request.obtained ? done : "no") + refused(request.refusal)
    }

    private func pages(_ outcome: NodeOutcome) -> String { Figures.counted(outcome.pagesAsked, "page") }

    private func found(_ outcome: NodeOutcome) -> String {
        let untold = outcome.queryRefusal == 0 ? "" : " (the system does not tell: \(text(outcome.queryRefusal)))"
        let there = outcome.pagesObtained.map { Figures.counted($0, "page") } ?? "unknown" + untold
        let nodes = outcome.pagesByNode.sorted { $0.key < $1.key }.map { "node \($0.key): \($0.value)" }
        return there + (nodes.isEmpty ? "" : " (\(nodes.joined(separator: ", ")))")
            + refused(outcome.refusal)
    }

    private func refused(_ number: Int32) -> String { number == 0 ? "" : ", refused: \(text(number))" }

    private func text(_ errorNumber: Int32) -> String { String(cString: strerror(errorNumber)) }
}
