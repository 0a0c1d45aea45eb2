import Memory

/// On which memory nodes a packed form of weights lies, by the kernel's numbers.
package enum WeightPlacement: Sendable, Hashable {
    /// On whichever node the system chooses.
    case anywhere
    /// On one node.
    case node(Int)
    /// On several, page by page in turn.
    case interleaved([Int])

    /// The request for a mapping of `bytes` bytes.
    func map(bytes: Int) -> NodeMap {
        var map = NodeMap()
        switch self {
        case .anywhere: break
        case .node(let node): map.append(offset: 0, bytes: bytes, nodes: [node])
        case .interleaved(let nodes): map.append(offset: 0, bytes: bytes, nodes: nodes)
        }
        return map
    }
}
