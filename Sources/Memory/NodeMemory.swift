import CNUMA
import Glibc

/// Requests and reports which memory node holds which pages. A refusal, which is frequent in containers, leaves the
/// memory usable: the pages stay where they are.
package enum NodeMemory {
    /// Requests the nodes of a map, moving pages that exist. A node is preferred rather than required, since a strict
    /// policy on a full node ends in an out-of-memory kill though other nodes have room.
    ///
    /// - Parameters:
    ///   - base: the first byte of the mapping, on a page boundary.
    ///   - freeBytes: the free bytes of a node, by the kernel's number; nil: unknown. Nothing is requested of nodes
    ///     with too little.
    /// - Returns: the error number of the first refusal, 0 if there was none; ENOMEM for a node that has too little
    ///   room.
    package static func bind(
        _ map: NodeMap, base: UnsafeMutableRawPointer, freeBytes: (Int) -> Int? = { _ in nil }
    ) -> Int32 {
        let full = map.pages.filter { node, pages in
            freeBytes(node).map { Int(pages) * NodeMap.pageBytes > $0 } ?? false
        }
        var refusal: Int32 = full.isEmpty ? 0 : ENOMEM
        for run in map.runs where !run.nodes.contains(where: { full[$0] != nil }) {
            let policy = run.nodes.count == 1 ? MPOL_PREFERRED : MPOL_INTERLEAVE
            let result = apply(policy, nodes: run.nodes, base: base + run.offset, bytes: run.bytes)
            if refusal == 0 { refusal = result }
            // What is forbidden once is forbidden always.
            if result == EPERM || result == ENOSYS { break }
        }
        return refusal
    }

    /// Queries where the pages of a map lie, with `move_pages` in its form that moves nothing. Allocates.
    ///
    /// - Parameters:
    ///   - base: the first byte of the mapping, on a page boundary.
    ///   - refusal: what `bind` returned.
    package static func outcome(_ map: NodeMap, base: UnsafeMutableRawPointer, refusal: Int32) -> NodeOutcome {
        var outcome = NodeOutcome()
        outcome.refusal = refusal
        outcome.pagesGranted = 0
        for run in map.runs {
            outcome.pagesRequested += run.bytes / NodeMap.pageBytes
            switch nodes(base: base + run.offset, bytes: run.bytes) {
            case .success(let nodes):
                for node in nodes where node >= 0 { outcome.pagesByNode[node, default: 0] += 1 }
                outcome.pagesGranted? += nodes.count { run.nodes.contains($0) }
            case .failure(let error):
                outcome.pagesGranted = nil
                outcome.queryRefusal = error.number
            }
        }
        return outcome
    }

    /// Why the system does not tell where pages lie.
    package struct Refusal: Error, Equatable {
        /// An error number of <errno.h>.
        package let number: Int32
    }

    /// The node of each page of [base, base + bytes), from the page of `base` on; −1 for a page that is not in
    /// memory. Allocates.
    package static func nodes(base: UnsafeMutableRawPointer, bytes: Int) -> Result<[Int], Refusal> {
        let first = UInt(bitPattern: base) & ~UInt(NodeMap.pageBytes - 1)
        var pages: [UnsafeMutableRawPointer?] = stride(
            from: first, to: UInt(bitPattern: base) + UInt(bytes), by: NodeMap.pageBytes
        ).map { UnsafeMutableRawPointer(bitPattern: $0) }
        var status = [Int32](repeating: -1, count: pages.count)
        // Without a list of targets move_pages moves nothing and only tells.
        guard move_pages(0, UInt(pages.count), &pages, nil, &status, 0) == 0 else {
            return .failure(Refusal(number: errno))
        }
        return .success(status.map { max(-1, Int($0)) })
    }

    private static func apply(_ policy: Int32, nodes: [Int], base: UnsafeMutableRawPointer, bytes: Int) -> Int32 {
        var mask = [UInt](repeating: 0, count: 1024 / UInt.bitWidth)
        for node in nodes {
            guard 0..<1024 ~= node else { return EINVAL }
            mask[node / UInt.bitWidth] |= 1 << UInt(node % UInt.bitWidth)
        }
        // The kernel takes one bit less than it is told.
        let result = mbind(base, UInt(bytes), policy, mask, UInt(1024 + 1), UInt32(MPOL_MF_MOVE))
        return result == 0 ? 0 : errno
    }
}
