import KernelArguments

/// What each tile of an operation writes: a block of batch elements, positions and channels of its output.
///
/// Tile t is ((element tile · position tiles) + position tile) · channel tiles + channel tile.
struct TileGrid: Sendable, Hashable {
    /// Of the output.
    var batch: Int
    var length: Int
    /// With padding.
    var channels: Int
    /// Of a tile; the last along each dimension may have fewer.
    var elementsPerTile: Int
    var positionsPerTile: Int
    var channelsPerTile: Int

    var elementTiles: Int { ceilDivide(batch, elementsPerTile) }
    var positionTiles: Int { ceilDivide(length, positionsPerTile) }
    var channelTiles: Int { ceilDivide(channels, channelsPerTile) }
    var count: Int { elementTiles * positionTiles * channelTiles }
}

/// What a worker runs on a tile of an operation's output right after it has written the tile, while it is in its cache: the
/// norm, the activation, the sums, or the statistics of the next norm. It reads what it writes or what earlier stages wrote,
/// never another tile of its own stage.
///
/// The follower's own tiles are those of the grid, a batch element each.
struct Follower: Sendable {
    /// The module in diffusers' terms.
    var name: String
    var kind: OperationKind
    var work: Work
    /// The tiles of the operation that it follows.
    var grid: TileGrid
    /// The buffer that it writes; nil: it writes over the operation's output.
    var writes: Int?
}
