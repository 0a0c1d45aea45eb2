import CNUMA
import Glibc

/// Which memory node holds which pages. Every function returns 0 or an error number and leaves the memory usable:
/// where the system refuses (containers often do), the pages stay where they are.
public enum NodeMemory {
    /// Prefers one node for the pages of [base, base + bytes), moving those that exist. Preferred rather than bound,
    /// since a strict policy on a full node ends in an out-of-memory kill though other nodes have room.
    public static func prefer(node: Int, base: UnsafeMutableRawPointer, bytes: Int) -> Int32 {
        apply(MPOL_PREFERRED, nodes: [node], base: base, bytes: bytes)
    }

    /// Spreads the pages of [base, base + bytes) over nodes in turn, moving those that exist.
    public static func interleave(nodes: [Int], base: UnsafeMutableRawPointer, bytes: Int) -> Int32 {
        apply(MPOL_INTERLEAVE, nodes: nodes, base: base, bytes: bytes)
    }

    /// The node of each page of [base, base + bytes), from the page of `base` on; −1 for a page that is not in
    /// memory. Nil if the system refuses. Allocates.
    public static func nodes(base: UnsafeMutableRawPointer, bytes: Int) -> [Int]? {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let first = Int(bitPattern: base) / page * page
        var pages: [UnsafeMutableRawPointer?] = stride(from: first, to: Int(bitPattern: base) + bytes, by: page).map {
            UnsafeMutableRawPointer(bitPattern: $0)
        }
        var status = [Int32](repeating: -1, count: pages.count)
        // Without a list of targets move_pages moves nothing and only tells.
        guard move_pages(0, UInt(pages.count), &pages, nil, &status, 0) == 0 else { return nil }
        return status.map { max(-1, Int($0)) }
    }

    private static func apply(_ policy: Int32, nodes: [Int], base: UnsafeMutableRawPointer, bytes: Int) -> Int32 {
        var mask = [UInt](repeating: 0, count: 1024 / UInt.bitWidth)
        for node in nodes {
            guard 0..<1024 ~= node else { return EINVAL }
            mask[node / UInt.bitWidth] |= 1 << UInt(node % UInt.bitWidth)
        }
        let page = sysconf(Int32(_SC_PAGESIZE))
        let first = Int(bitPattern: base) / page * page
        let length = Int(bitPattern: base) + bytes - first
        // The kernel takes one bit less than it is told.
        let result = mbind(
            UnsafeMutableRawPointer(bitPattern: first), UInt(length), policy, mask, UInt(1024 + 1), UInt32(MPOL_MF_MOVE)
        )
        return result == 0 ? 0 : errno
    }
}
