/// Which memory nodes the pages of a mapping are meant for.
package struct NodeMap: Sendable, Equatable {
    /// Bytes of a page: what a node is chosen for.
    package static let pageBytes = 4096

    /// Consecutive pages with the same request.
    package struct Run: Sendable, Equatable {
        /// Bytes from the first byte of the mapping, a multiple of `pageBytes`.
        package let offset: Int
        /// The bytes of the run, a multiple of `pageBytes`.
        package let bytes: Int
        /// The kernel's numbers of the nodes: one that is preferred, or several that take pages in turn.
        package let nodes: [Int]

        package init(offset: Int, bytes: Int, nodes: [Int]) {
            self.offset = offset
            self.bytes = bytes
            self.nodes = nodes
        }
    }

    /// The runs in order, without overlap. Pages between them may lie anywhere.
    package private(set) var runs: [Run] = []

    package init() {}

    /// Adds pages after all runs; extends the last run if the request is the same.
    ///
    /// - Precondition: offset and bytes are multiples of `pageBytes`; offset is after all runs.
    package mutating func append(offset: Int, bytes: Int, nodes: [Int]) {
        precondition(offset % Self.pageBytes == 0 && bytes % Self.pageBytes == 0)
        guard bytes > 0 else { return }
        if let last = runs.last {
            precondition(offset >= last.offset + last.bytes)
            if last.offset + last.bytes == offset, last.nodes == nodes {
                runs[runs.count - 1] = Run(offset: last.offset, bytes: last.bytes + bytes, nodes: nodes)
                return
            }
        }
        runs.append(Run(offset: offset, bytes: bytes, nodes: nodes))
    }

    /// Pages that each node is meant to hold; pages that nodes take in turn count in equal parts.
    package var pages: [Int: Double] {
        var pages: [Int: Double] = [:]
        for run in runs {
            for node in run.nodes {
                pages[node, default: 0] += Double(run.bytes / Self.pageBytes) / Double(run.nodes.count)
            }
        }
        return pages
    }
}

/// Where pages were requested, and where they are.
public struct NodeOutcome: Sendable, Equatable {
    /// Pages for which a node was requested.
    public var pagesRequested = 0
    /// Pages that lie on the requested node, or on any of several. Nil where the system does not tell.
    public var pagesGranted: Int?
    /// Pages found on each node, by the kernel's number.
    public var pagesByNode: [Int: Int] = [:]
    /// The error number with which a request was first refused, 0 if none was.
    public var refusal: Int32 = 0
    /// The error number with which the system refused to tell where pages lie, 0 if it told.
    public var queryRefusal: Int32 = 0

    package init() {}

    package static func + (a: NodeOutcome, b: NodeOutcome) -> NodeOutcome {
        var sum = a
        sum.pagesRequested += b.pagesRequested
        if let first = a.pagesGranted, let second = b.pagesGranted {
            sum.pagesGranted = first + second
        } else {
            sum.pagesGranted = a.pagesRequested == 0 ? b.pagesGranted : b.pagesRequested == 0 ? a.pagesGranted : nil
        }
        sum.pagesByNode.merge(b.pagesByNode, uniquingKeysWith: +)
        if sum.refusal == 0 { sum.refusal = b.refusal }
        if sum.queryRefusal == 0 { sum.queryRefusal = b.queryRefusal }
        return sum
    }
}
