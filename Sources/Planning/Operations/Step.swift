/// The properties of an operation besides its arguments.
struct Step {
    var name: String
    var kind: OperationKind
    var inputShape: [Int]
    var outputShape: [Int]
    var tileCount: Int
    var multiplyAdds = 0
    /// Products of the chosen algorithm, two of bfloat16 being one; nil: equal to `multiplyAdds`.
    var products: Int?
    var reason: String?
    /// Whether it may run with the operation before it: it reads nothing that one writes, and the other way round.
    var joinsPrevious = false
    /// The blocks that its tiles write, where something may follow them.
    var grid: TileGrid?
}
